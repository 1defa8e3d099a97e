package a64

import (
	"fmt"
	"go/ast"
	"go/parser"
)

// param is a parameter's type and its offset from the frame pointer.
type param struct {
	kind   string
	offset int
}

// parameters lays a function's parameters out as ABI0 does, where each has its own
// size as alignment.
func parameters(signature string) (params map[string]param, size int) {
	e, err := parser.ParseExpr("func" + signature)
	if err != nil {
		panic(fmt.Sprintf("signature %s: %v", signature, err))
	}
	params = map[string]param{}
	for _, field := range e.(*ast.FuncType).Params.List {
		kind, bytes := typeOf(field.Type)
		for _, name := range field.Names {
			size = (size + bytes - 1) / bytes * bytes
			params[name.Name] = param{kind, size}
			size += bytes
		}
	}
	return params, size
}

func typeOf(e ast.Expr) (kind string, bytes int) {
	switch e := e.(type) {
	case *ast.StarExpr:
		return "pointer", 8
	case *ast.Ident:
		switch e.Name {
		case "int", "uint64":
			return e.Name, 8
		case "float32":
			return e.Name, 4
		}
	}
	panic(fmt.Sprintf("no such parameter type: %T", e))
}

func (f *Func) param(name string) (p param, operand string) {
	p, ok := f.params[name]
	if !ok {
		panic(fmt.Sprintf("%s has no parameter %s", f.name, name))
	}
	return p, fmt.Sprintf("%s+%d(FP)", name, p.offset)
}

// Param loads a parameter of 8 bytes into a register that is not used yet.
func (f *Func) Param(name string) R {
	r := f.R()
	f.LoadParam(name, r)
	return r
}

// LoadParam loads a parameter of 8 bytes.
func (f *Func) LoadParam(name string, r R) {
	p, operand := f.param(name)
	if p.kind == "float32" {
		panic(name + " is a float32")
	}
	f.op("MOVD", operand, r)
}

// StoreParam changes a parameter of 8 bytes: its memory is the function's own.
func (f *Func) StoreParam(r R, name string) {
	p, operand := f.param(name)
	if p.kind == "float32" {
		panic(name + " is a float32")
	}
	f.op("MOVD", r, operand)
}

// LoadFloatParam loads a float32 parameter into the first lane, the others being 0.
func (f *Func) LoadFloatParam(name string, v V) {
	p, operand := f.param(name)
	if p.kind != "float32" {
		panic(name + " is no float32")
	}
	f.op("FMOVS", operand, v.F())
}
