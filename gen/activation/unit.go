// Package activation holds the activation functions as the steps that vector
// units have, for every generator to write in its own instructions.
package activation

// Unit is a vector unit: it writes an instruction, or a few, for each step. V is
// what an instruction takes and gives: registers, or a constant, which may be in
// memory. What a step returns may be overwritten by the next one that says so;
// a constant only through CopyOf.
type Unit[V any] interface {
	// Constant returns the constant of that name, see Bits, in every lane.
	Constant(name string) V
	CopyOf(x V) V

	Add(x, y V) V
	Sub(x, y V) V
	Mul(x, y V) V
	Div(x, y V) V
	Sqrt(x V) V

	// FMA213 and FMA231 are x*y + z, FNMA231 is -x*y + z, each rounded once. The
	// first digit names the operand that they may overwrite.

	FMA213(x, y, z V) V
	FMA231(x, y, z V) V
	FNMA231(x, y, z V) V

	// AtLeast is: if x < low { x = low }, and AtMost: if x > high { x = high }. NaN
	// stays. It is the unit's choice whether -0 is less than +0.

	AtLeast(x V, low string) V
	AtMost(x V, high string) V

	// Compare returns a mask for Choose, which is yes where the mask is set and no
	// elsewhere. Negative goes by the sign bit: -0 and some NaN are negative.

	Compare(x V, p Predicate, y V) V
	Negative(x V) V
	Choose(mask, yes, no V) V

	// The steps on bits and on the lanes as integers. ShiftRight keeps the sign.

	And(x, y V) V
	Or(x, y V) V
	Abs(x V) V
	Minus(x V) V
	MinusAbs(x V) V
	AddInt(x, y V) V
	SubInt(x, y V) V
	MinInt(x, y V) V
	ShiftLeft(x V, by uint64) V
	ShiftRight(x V, by uint64) V
}

// Predicate is what Compare asks of two numbers. All are false for NaN.
type Predicate int

const (
	Equal Predicate = iota
	Less
	AtLeast
	Greater
)

// Formulas are the functions for one unit.
type Formulas[V any] struct{ Unit[V] }
