// Package apitest calls everything that a package exports with the values that
// nobody means: zero values, nil pointers, nil arguments. It is for tests.
package apitest

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// An API is what a package exports.
type API struct {
	Funcs     map[string]any // every function, by its name
	Types     []any          // a value of every type that is no interface
	Sentinels []error        // of which each error wraps one
}

// Check calls every function, and every method of the zero value of every type and
// of a nil pointer to it, with all combinations of zero values, nil and a little
// more. None may panic, and each error must wrap one of the sentinels. What the
// source in dir exports and the API does not list fails the test.
func (a API) Check(t *testing.T, dir string) {
	funcs, types := exported(t, dir)
	for _, name := range funcs {
		require.Contains(t, a.Funcs, name, "a function that the test does not call")
	}
	listed := map[string]bool{}
	for _, v := range a.Types {
		listed[reflect.TypeOf(v).Name()] = true
	}
	for _, name := range types {
		require.True(t, listed[name], "type %s, which the test does not use", name)
	}
	for name, f := range a.Funcs {
		a.call(t, name, func() reflect.Value { return reflect.ValueOf(f) })
	}
	for _, v := range a.Types {
		a.methods(t, reflect.TypeOf(v))
	}
}

// methods calls the methods of the zero value of a type, and of a nil pointer those
// that take one.
func (a API) methods(t *testing.T, typ reflect.Type) {
	pointer := reflect.PointerTo(typ)
	for i := range pointer.NumMethod() {
		m := pointer.Method(i)
		name := typ.Name() + "." + m.Name
		a.call(t, name, func() reflect.Value { return reflect.New(typ).Method(i) })
		if _, ofValue := typ.MethodByName(m.Name); !ofValue {
			a.call(t, name+" of nil", func() reflect.Value { return reflect.Zero(pointer).Method(i) })
		}
	}
}

// call calls a function with every combination of arguments; f returns it anew for
// each, since a call may change its receiver.
func (a API) call(t *testing.T, name string, f func() reflect.Value) {
	for _, arguments := range combinations(f().Type()) {
		what := name + described(arguments)
		require.NotPanics(t, func() {
			for _, result := range f().Call(arguments) {
				a.checkResult(t, what, result)
			}
		}, what)
	}
}

// described shows arguments in a message.
func described(arguments []reflect.Value) string {
	var list []string
	for _, a := range arguments {
		list = append(list, fmt.Sprintf("%#v", a.Interface()))
	}
	return "(" + strings.Join(list, ", ") + ")"
}

// checkResult checks an error, and goes through an iterator.
func (a API) checkResult(t *testing.T, what string, result reflect.Value) {
	if err, isError := result.Interface().(error); isError {
		require.True(t, a.wraps(err), "%s: %v wraps no sentinel", what, err)
	}
	if result.Type().CanSeq() && result.Kind() == reflect.Func && !result.IsNil() {
		for range result.Seq() {
		}
	}
}

func (a API) wraps(err error) bool {
	for _, sentinel := range a.Sentinels {
		if errors.Is(err, sentinel) {
			return true
		}
	}
	return false
}

// combinations returns all lists of arguments for a function; those that are
// variadic are none, or one.
func combinations(f reflect.Type) [][]reflect.Value {
	lists := [][]reflect.Value{nil}
	for i := range f.NumIn() {
		in, variadic := f.In(i), f.IsVariadic() && i == f.NumIn()-1
		var longer [][]reflect.Value
		for _, list := range lists {
			if variadic {
				longer = append(longer, list)
			}
			values := candidates(in)
			if variadic {
				values = candidates(in.Elem())
			}
			for _, v := range values {
				longer = append(longer, append(list[:len(list):len(list)], v))
			}
		}
		lists = longer
	}
	return lists
}

// candidates returns the values that an argument takes.
func candidates(typ reflect.Type) []reflect.Value {
	values := []reflect.Value{reflect.Zero(typ)}
	add := func(v any) { values = append(values, reflect.ValueOf(v).Convert(typ)) }
	switch typ.Kind() {
	case reflect.Int, reflect.Int64:
		add(-1)
		add(3)
	case reflect.Float32, reflect.Float64:
		add(math.NaN())
	case reflect.String:
		add("x")
	case reflect.Slice:
		values = append(values, reflect.MakeSlice(typ, 3, 3))
	case reflect.Pointer:
		values = append(values, reflect.New(typ.Elem()))
	}
	return values
}

// exported returns the names of the functions and of the types that are no
// interfaces in the source of a package.
func exported(t *testing.T, dir string) (funcs, types []string) {
	noTests := func(f fs.FileInfo) bool { return !strings.HasSuffix(f.Name(), "_test.go") }
	packages, err := parser.ParseDir(token.NewFileSet(), dir, noTests, 0)
	require.NoError(t, err)
	for _, p := range packages {
		for _, file := range p.Files {
			for _, d := range file.Decls {
				switch d := d.(type) {
				case *ast.FuncDecl:
					if d.Recv == nil && d.Name.IsExported() {
						funcs = append(funcs, d.Name.Name)
					}
				case *ast.GenDecl:
					types = append(types, concrete(d)...)
				}
			}
		}
	}
	require.NotEmpty(t, types)
	return funcs, types
}

// concrete returns the names of the exported types of a declaration that are no
// interfaces.
func concrete(d *ast.GenDecl) (names []string) {
	for _, s := range d.Specs {
		spec, isType := s.(*ast.TypeSpec)
		if !isType || !spec.Name.IsExported() {
			continue
		}
		if _, isInterface := spec.Type.(*ast.InterfaceType); !isInterface {
			names = append(names, spec.Name.Name)
		}
	}
	return names
}
