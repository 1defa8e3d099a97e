package npz

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/sepconv/go/internal/budget"
	"github.com/sepconv/go/internal/npy"
)

// unpickle reads the pickle of an array of one object, which is a dictionary of
// arrays of numbers by name, and returns the names and the arrays.
//
// A pickle is a program for a machine with a stack and a memory. Here the few
// instructions that such a dictionary needs build plain data; the functions that
// a pickle may call are NumPy's for making arrays, and they are not called either
// but stand for what they would return.
func unpickle(data []byte, b *budget.Budget) ([]string, []ndarray, error) {
	p := &unpickler{data: data, budget: b}
	top, err := p.run()
	if err != nil {
		return nil, nil, fmt.Errorf("pickle, byte %d: %w", p.at, err)
	}
	outer, ok := top.(*array)
	if !ok || len(outer.objects) != 1 {
		return nil, nil, fmt.Errorf("%w: the pickle is not an array of one object", ErrUnsupported)
	}
	d, ok := outer.objects[0].(*dict)
	if !ok {
		return nil, nil, fmt.Errorf("%w: the pickle's object is not a dictionary", ErrUnsupported)
	}
	return d.arrays()
}

type (
	global struct{ module, name string }
	tuple  []any
	list   struct{ items []any }
	dict   struct{ keys, values []any }
	// array is an ndarray before and after it got its state.
	array struct {
		ndarray
		objects []any
	}
	// kind is a dtype before and after it got its state.
	kind struct {
		code  string
		order string
	}
	mark struct{}
)

// arrays returns the dictionary's entries, in their order.
func (d *dict) arrays() ([]string, []ndarray, error) {
	keys := make([]string, len(d.keys))
	byKey := make(map[string]ndarray, len(d.keys))
	for i, k := range d.keys {
		key, isText := k.(string)
		a, isArray := d.values[i].(*array)
		if !isText || !isArray || a.objects != nil || a.shape == nil {
			return nil, nil, fmt.Errorf("%w: the dictionary holds something else than arrays of numbers", ErrUnsupported)
		}
		if _, twice := byKey[key]; twice {
			return nil, nil, fmt.Errorf("%w: key %.80q twice", ErrFormat, key)
		}
		keys[i], byKey[key] = key, a.ndarray
	}
	arrays := make([]ndarray, len(keys))
	for i, key := range keys {
		arrays[i] = byKey[key]
	}
	return keys, arrays, nil
}

// unpickler is the machine.
type unpickler struct {
	data   []byte
	at     int
	budget *budget.Budget
	stack  []any
	memo   map[int]any
}

func (p *unpickler) push(v any) { p.stack = append(p.stack, v) }

func (p *unpickler) pop() (any, error) {
	if len(p.stack) == 0 {
		return nil, fmt.Errorf("%w: nothing on the stack", ErrFormat)
	}
	v := p.stack[len(p.stack)-1]
	p.stack = p.stack[:len(p.stack)-1]
	return v, nil
}

// popN pops n values; the last pushed is the last of them.
func (p *unpickler) popN(n int) ([]any, error) {
	if len(p.stack) < n {
		return nil, fmt.Errorf("%w: %d values on the stack; %d are needed", ErrFormat, len(p.stack), n)
	}
	values := slices.Clone(p.stack[len(p.stack)-n:])
	p.stack = p.stack[:len(p.stack)-n]
	return values, nil
}

// popMark pops all values down to the last mark, and the mark.
func (p *unpickler) popMark() ([]any, error) {
	for i := len(p.stack) - 1; i >= 0; i-- {
		if p.stack[i] == (mark{}) {
			values, err := p.popN(len(p.stack) - i - 1)
			p.stack = p.stack[:i]
			return values, err
		}
	}
	return nil, fmt.Errorf("%w: no mark on the stack", ErrFormat)
}

// take returns the next n bytes.
func (p *unpickler) take(n uint64) ([]byte, error) {
	if n > uint64(len(p.data)-p.at) {
		return nil, fmt.Errorf("%w: %d bytes are needed, %d are left", ErrFormat, n, len(p.data)-p.at)
	}
	b := p.data[p.at : p.at+int(n)]
	p.at += int(n)
	return b, nil
}

// number returns the next n bytes as an unsigned number.
func (p *unpickler) number(n uint64) (uint64, error) {
	b, err := p.take(n)
	if err != nil {
		return 0, err
	}
	var wide [8]byte
	copy(wide[:], b)
	return binary.LittleEndian.Uint64(wide[:]), nil
}

// counted returns as many bytes as the number of n bytes in front of them says.
func (p *unpickler) counted(n uint64) ([]byte, error) {
	length, err := p.number(n)
	if err != nil {
		return nil, err
	}
	return p.take(length)
}

// line returns the bytes up to the next newline.
func (p *unpickler) line() (string, error) {
	n := bytes.IndexByte(p.data[p.at:], '\n')
	if n < 0 {
		return "", fmt.Errorf("%w: no end of line", ErrFormat)
	}
	b, _ := p.take(uint64(n) + 1)
	return string(b[:n]), nil
}

const (
	// maxSteps bounds the instructions, of which an array takes about forty.
	maxSteps = 1 << 20
	// stepCost is the most that one of them takes: a dictionary on the stack, and a
	// place for it in the memory and in the result.
	stepCost = 96
)

// run executes instructions up to the one that stops.
func (p *unpickler) run() (any, error) {
	p.memo = map[int]any{}
	for range maxSteps {
		op, err := p.take(1)
		if err != nil {
			return nil, err
		}
		if err := p.budget.Spend("a pickle", 1, stepCost); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrTooLarge, err)
		}
		if op[0] == '.' {
			return p.pop()
		}
		if err := p.step(op[0]); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%w: the pickle has more than %d instructions", ErrTooLarge, maxSteps)
}

// step executes an instruction: those of Python's pickletools by their byte.
func (p *unpickler) step(op byte) error {
	switch op {
	case 0x80: // PROTO
		_, err := p.take(1)
		return err
	case 0x95: // FRAME
		_, err := p.take(8)
		return err
	case '(', 'N', 0x88, 0x89, ')', ']', '}':
		p.push(constant(op))
		return nil
	case 'K', 'M', 'J', 0x8a: // BININT1, BININT2, BININT, LONG1
		return p.integer(op)
	case 'X', 0x8c, 0x8d, 'C', 'B', 0x8e: // text and bytes
		return p.text(op)
	case 0x85, 0x86, 0x87: // TUPLE1 to TUPLE3
		values, err := p.popN(int(op - 0x84))
		p.push(tuple(values))
		return err
	case 't': // TUPLE
		values, err := p.popMark()
		p.push(tuple(values))
		return err
	case 'a', 'e', 's', 'u':
		return p.extend(op)
	case 'q', 'r', 0x94, 'h', 'j':
		return p.remember(op)
	case 'c', 0x93: // GLOBAL, STACK_GLOBAL
		return p.global(op)
	case 'R': // REDUCE
		return p.reduce()
	case 'b': // BUILD
		return p.build()
	}
	return fmt.Errorf("%w: instruction %#x, which an array does not need", ErrUnsupported, op)
}

func constant(op byte) any {
	switch op {
	case '(':
		return mark{}
	case 0x88:
		return true
	case 0x89:
		return false
	case ')':
		return tuple{}
	case ']':
		return &list{}
	case '}':
		return &dict{}
	}
	return nil
}

func (p *unpickler) integer(op byte) error {
	switch op {
	case 'K':
		n, err := p.number(1)
		p.push(int64(n))
		return err
	case 'M':
		n, err := p.number(2)
		p.push(int64(n))
		return err
	case 'J':
		n, err := p.number(4)
		p.push(int64(int32(n)))
		return err
	}
	b, err := p.counted(1)
	if err == nil && len(b) > 8 {
		err = fmt.Errorf("%w: an integer of %d bytes", ErrFormat, len(b))
	}
	if err != nil {
		return err
	}
	var wide [8]byte
	copy(wide[:], b)
	n := binary.LittleEndian.Uint64(wide[:])
	if shift := 64 - 8*len(b); shift < 64 { // the sign is that of the last byte
		p.push(int64(n<<shift) >> shift)
		return nil
	}
	p.push(int64(0))
	return nil
}

func (p *unpickler) text(op byte) error {
	width := map[byte]uint64{'X': 4, 0x8c: 1, 0x8d: 8, 'C': 1, 'B': 4, 0x8e: 8}[op]
	b, err := p.counted(width)
	if err != nil {
		return err
	}
	if op == 'X' || op == 0x8c || op == 0x8d {
		if err := p.budget.Spend("text in a pickle", int64(len(b)), 1); err != nil {
			return fmt.Errorf("%w: %w", ErrTooLarge, err)
		}
		p.push(string(b))
	} else {
		p.push(b)
	}
	return nil
}

// extend adds the values on the stack to the list or dictionary under them.
func (p *unpickler) extend(op byte) error {
	values, err := p.added(op)
	if err != nil {
		return err
	}
	if len(p.stack) == 0 {
		return fmt.Errorf("%w: nothing on the stack", ErrFormat)
	}
	switch to := p.stack[len(p.stack)-1].(type) {
	case *list:
		if op == 'a' || op == 'e' {
			to.items = append(to.items, values...)
			return nil
		}
	case *dict:
		if (op == 's' || op == 'u') && len(values)%2 == 0 {
			for i := 0; i < len(values); i += 2 {
				to.keys, to.values = append(to.keys, values[i]), append(to.values, values[i+1])
			}
			return nil
		}
	}
	return fmt.Errorf("%w: values added to something that holds none", ErrFormat)
}

func (p *unpickler) added(op byte) ([]any, error) {
	switch op {
	case 'a': // APPEND
		return p.popN(1)
	case 's': // SETITEM
		return p.popN(2)
	}
	return p.popMark() // APPENDS, SETITEMS
}

// remember moves values between the stack and the memory.
func (p *unpickler) remember(op byte) error {
	n := uint64(len(p.memo))
	var err error
	switch op {
	case 'q', 'h':
		n, err = p.number(1)
	case 'r', 'j':
		n, err = p.number(4)
	}
	if err != nil {
		return err
	}
	if op == 'h' || op == 'j' { // BINGET, LONG_BINGET
		v, ok := p.memo[int(n)]
		if !ok {
			return fmt.Errorf("%w: nothing in place %d of the memory", ErrFormat, n)
		}
		p.push(v)
		return nil
	}
	if len(p.stack) == 0 {
		return fmt.Errorf("%w: nothing on the stack", ErrFormat)
	}
	p.memo[int(n)] = p.stack[len(p.stack)-1] // BINPUT, LONG_BINPUT, MEMOIZE
	return nil
}

// global pushes a function by its name, if it is one that makes arrays.
func (p *unpickler) global(op byte) error {
	var g global
	if op == 'c' {
		var err error
		if g.module, err = p.line(); err != nil {
			return err
		}
		if g.name, err = p.line(); err != nil {
			return err
		}
	} else {
		names, err := p.popN(2)
		if err != nil {
			return err
		}
		module, isText := names[0].(string)
		name, alsoText := names[1].(string)
		if !isText || !alsoText {
			return fmt.Errorf("%w: a global without a name", ErrFormat)
		}
		g = global{module, name}
	}
	switch g {
	case reconstruct, reconstruct1, arrayClass, dtypeClass:
		p.push(g)
		return nil
	}
	return fmt.Errorf("%w: it calls %.80q, which is never done", ErrUnsupported, g.module+"."+g.name)
}

// The names that the pickle of an array uses.
var (
	reconstruct  = global{"numpy._core.multiarray", "_reconstruct"}
	reconstruct1 = global{"numpy.core.multiarray", "_reconstruct"} // of NumPy 1
	arrayClass   = global{"numpy", "ndarray"}
	dtypeClass   = global{"numpy", "dtype"}
)

// reduce replaces a function and its arguments by what it returns: an array or a
// dtype, whose state is yet to come.
func (p *unpickler) reduce() error {
	values, err := p.popN(2)
	if err != nil {
		return err
	}
	arguments, ok := values[1].(tuple)
	if ok {
		switch values[0] {
		case reconstruct, reconstruct1: // (ndarray, (0,), b"b")
			if len(arguments) == 3 && arguments[0] == any(arrayClass) {
				p.push(&array{})
				return nil
			}
		case dtypeClass: // ("f4", False, True)
			if len(arguments) == 3 {
				if code, isText := arguments[0].(string); isText {
					p.push(&kind{code: code})
					return nil
				}
			}
		}
	}
	return fmt.Errorf("%w: a call that makes no array", ErrUnsupported)
}

// build gives an array or a dtype its state.
func (p *unpickler) build() error {
	values, err := p.popN(2)
	if err != nil {
		return err
	}
	p.push(values[0])
	state, ok := values[1].(tuple)
	if ok {
		switch of := values[0].(type) {
		case *kind: // (3, "<", None, None, None, -1, -1, 0)
			if len(state) == 8 {
				of.order, ok = state[1].(string)
				if ok && len(of.order) == 1 {
					return nil
				}
			}
		case *array: // (1, shape, dtype, in Fortran order, bytes or objects)
			if len(state) == 5 {
				return of.setState(state)
			}
		}
	}
	return fmt.Errorf("%w: a state that no array has", ErrUnsupported)
}

func (a *array) setState(state tuple) error {
	dimensions, isTuple := state[1].(tuple)
	of, isKind := state[2].(*kind)
	fortran, isBool := state[3].(bool)
	if !isTuple || !isKind || !isBool {
		return fmt.Errorf("%w: a state that no array has", ErrUnsupported)
	}
	if len(dimensions) > npy.MaxRank { // of which many arrays may have the same
		return fmt.Errorf("%w: an array has %d dimensions; it may have %d", ErrFormat, len(dimensions), npy.MaxRank)
	}
	shape := make([]int, len(dimensions))
	for i, d := range dimensions {
		n, ok := d.(int64)
		if !ok || int64(int(n)) != n {
			return fmt.Errorf("%w: a dimension that is no integer", ErrFormat)
		}
		shape[i] = int(n)
	}
	switch content := state[4].(type) {
	case *list:
		a.objects = content.items
		if a.objects == nil {
			a.objects = []any{}
		}
	case []byte:
		d, err := npy.ParseDType(of.order + of.code)
		if err != nil {
			return asNPZ(err)
		}
		a.ndarray = ndarray{shape, d, content, fortran}
	default:
		return fmt.Errorf("%w: an array without values", ErrUnsupported)
	}
	return nil
}
