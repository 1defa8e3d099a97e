//go:build amd64 || arm64

package asmtest

import (
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"unsafe"

	"github.com/sepconv/go/internal/guard"
)

// Function is an assembly function as assembly sees it: its entry takes all
// arguments on the stack, which Go calls ABI0.
type Function struct {
	Name  string // without the package
	Frame int    // bytes of its own frame, as its TEXT line says

	entry uintptr
}

// NewFunction returns the function that a func value stands for. The value itself
// is a wrapper of the compiler's, which takes its arguments in registers and gives
// back to Go what an ABI0 function may leave changed (R14 and X15 on amd64), and
// with that hides part of what Call looks at. So the function itself is looked up:
// it is what the wrapper calls, and has the wrapper's name.
func NewFunction(f any) (*Function, error) {
	wrapper := runtime.FuncForPC(reflect.ValueOf(f).Pointer())
	entry := callee(wrapper)
	if entry == 0 {
		return nil, fmt.Errorf("%s calls no function of its own name: it is not a wrapper of one in assembly", wrapper.Name())
	}
	name := wrapper.Name()
	return &Function{Name: name[strings.LastIndexByte(name, '.')+1:], entry: entry}, nil
}

// callee returns where the function is that the wrapper calls.
func callee(wrapper *runtime.Func) uintptr {
	for pc := wrapper.Entry(); runtime.FuncForPC(pc) == wrapper; pc += instructionUnit {
		target := callTarget(pc)
		if f := runtime.FuncForPC(target); f != nil && f != wrapper && f.Entry() == target && f.Name() == wrapper.Name() {
			return target
		}
	}
	return 0
}

// code returns n bytes of the program's code.
func code(pc uintptr, n int) []byte {
	return unsafe.Slice(*(**byte)(unsafe.Pointer(&pc)), n)
}

const (
	frameWords = 64 // of arguments and the canaries after them
	frameBytes = 8 * frameWords
	belowWords = 64 // looked after below the stack pointer: as many as any function may take unasked
	belowBytes = 8 * belowWords

	garbage = 0xdeaddeaddeaddead
	canary  = guard.Canary<<32 | guard.Canary
)

// state is of the one call at a time that the trampoline makes.
var (
	state machine
	one   sync.Mutex
)

func trampoline()

// Call calls the function with the given arguments, with garbage in all other
// registers, in the padding of its arguments and around them, and lists which rules
// of Go's ABI it broke: of those that cmd/compile/abi-internal.md has for assembly
// functions and their callers.
//
//   - It writes to no other part of its caller's frame than its arguments, and to no
//     more of the stack than its own frame.
//   - It leaves as they were the stack pointer and the frame pointer, the control
//     bits of floating point, on amd64 the direction flag, and on arm64 the
//     goroutine (R28) and the platform's register (R18).
//   - On amd64 the upper halves of vector registers are zero. That is not a rule of
//     Go's, but without it SSE code is slow afterwards.
//
// R14, R15 and X15 may change: callers from Go restore what they need.
func (f *Function) Call(arguments []reflect.Value) (broken []string) {
	one.Lock()
	defer one.Unlock()
	m := &state
	*m = machine{entry: f.entry}
	for i := range m.garbage {
		m.garbage[i] = canary
	}
	for i := range m.below {
		m.below[i] = canary
	}
	used := lay(&m.frame, arguments)
	m.prepare()
	trampoline()
	runtime.KeepAlive(arguments)
	for i, word := range m.frame[(used+7)/8:] {
		if word != canary {
			broken = append(broken, fmt.Sprintf("%#x was written to the caller's frame, %d bytes past the arguments", word, 8*i))
			break
		}
	}
	for i, word := range m.below {
		if depth := belowBytes - 8*i; word != canary {
			if depth > called(f.Frame) {
				broken = append(broken, fmt.Sprintf("%#x was written %d bytes below the caller's frame, where a frame of %d bytes does not reach", word, depth, f.Frame))
			}
			break
		}
	}
	return append(broken, m.broken()...)
}

// lay puts arguments where an ABI0 function looks for them, and returns how many
// bytes they take. All else are canaries.
func lay(frame *[frameWords]uint64, arguments []reflect.Value) (used int) {
	var bytes [frameBytes]byte
	for i := range frame {
		binary.LittleEndian.PutUint64(bytes[8*i:], canary)
	}
	for _, a := range arguments {
		size := int(a.Type().Size())
		used = (used + size - 1) / size * size
		switch at := bytes[used:]; a.Kind() {
		case reflect.Pointer:
			binary.LittleEndian.PutUint64(at, uint64(a.Pointer()))
		case reflect.Int:
			binary.LittleEndian.PutUint64(at, uint64(a.Int()))
		case reflect.Uint64:
			binary.LittleEndian.PutUint64(at, a.Uint())
		case reflect.Float32:
			binary.LittleEndian.PutUint32(at, math.Float32bits(float32(a.Float())))
		default:
			panic(fmt.Sprintf("asmtest: an argument of type %v", a.Type()))
		}
		used += size
	}
	for i := range frame {
		frame[i] = binary.LittleEndian.Uint64(bytes[8*i:])
	}
	return used
}
