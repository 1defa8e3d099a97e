package a64

import "fmt"

// R is a general register.
type R int

func (r R) String() string { return fmt.Sprintf("R%d", int(r)) }

// general are the registers that functions may use. R18 is the operating
// system's, R27 the assembler's, R28 holds the goroutine; R29 to R31 are frame,
// link and stack.
var general = []R{
	0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17,
	19, 20, 21, 22, 23, 24, 25, 26,
}

// V is a vector register. Functions may use all 32.
type V int

func (v V) String() string {
	if v < 0 || v > 31 {
		panic(fmt.Sprintf("there is no vector register %d", int(v)))
	}
	return fmt.Sprintf("V%d", int(v))
}

// F is the name that V has where Go takes it for a scalar.
func (v V) F() string { return "F" + v.String()[1:] }

// S4 is four float32 or uint32 lanes, B16 sixteen bytes.
func (v V) S4() string  { return v.String() + ".S4" }
func (v V) B16() string { return v.String() + ".B16" }
func (v V) D2() string  { return v.String() + ".D2" }

// S is one of four lanes.
func (v V) S(lane int) Lane { return Lane{v, lane} }

// Lane is one of the four float32 of a register.
type Lane struct {
	V     V
	Index int
}

func (l Lane) String() string { return fmt.Sprintf("%s.S[%d]", l.V, l.Index) }

// R returns a general register that the function does not use yet.
func (f *Func) R() R {
	if len(f.freeR) == 0 {
		panic(f.name + ": out of general registers")
	}
	r := f.freeR[0]
	f.freeR = f.freeR[1:]
	return r
}

// Rs returns n general registers that the function does not use yet.
func (f *Func) Rs(n int) []R {
	r := make([]R, n)
	for i := range r {
		r[i] = f.R()
	}
	return r
}

// Free returns registers to those that the function does not use.
func (f *Func) Free(r ...R) { f.freeR = append(f.freeR, r...) }

// Vectors returns vector registers from first to last.
func Vectors(first, last V) []V {
	var v []V
	for r := first; r <= last; r++ {
		v = append(v, r)
	}
	return v
}
