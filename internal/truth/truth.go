// Package truth has the activations as they are in mathematics, in float64 and by
// other formulas than those that package generic computes, and the error that
// package sepconv promises of each. Only tests import it.
package truth

import (
	"fmt"
	"math"
	"strings"
)

// Function is an activation of one variable.
type Function struct {
	Value func(x float64) float64
	Bound
	// Extra is an error allowed beside Bound that depends on the argument, where
	// parameters can make it large; nil is none.
	Extra func(x float64) float64
}

// Bound is the greatest error, by each measure that is not 0; all must hold.
type Bound struct {
	ULP      float64 // in units of the last place of the true value
	Share    float64 // in units of 2^-24 |x|, or of the smallest subnormal
	Absolute float64 // in units of 2^-24
}

// exact is what errors of functions that do not round are less than.
var exact = Bound{ULP: 0.1}

// String returns the bound as documentation has it.
func (b Bound) String() string {
	if b == exact {
		return "exact"
	}
	var s []string
	if b.ULP != 0 {
		s = append(s, fmt.Sprintf("%v ulp", b.ULP))
	}
	if b.Share != 0 {
		s = append(s, fmt.Sprintf("%v * 2^-24 |x|", b.Share))
	}
	if b.Absolute != 0 {
		s = append(s, fmt.Sprintf("%v * 2^-24", b.Absolute))
	}
	if s == nil {
		return "not bounded"
	}
	return strings.Join(s, ", ")
}

// at returns the greatest error of f at x, where its value is y.
func (b Bound) at(x, y float64) float64 {
	most := math.Inf(1)
	if b.ULP != 0 {
		most = b.ULP * ULP(y)
	}
	if b.Share != 0 {
		most = min(most, b.Share*0x1p-24*math.Abs(x)+smallest)
	}
	if b.Absolute != 0 {
		most = min(most, b.Absolute*0x1p-24)
	}
	return most
}

const smallest = 0x1p-149 // the smallest subnormal

// Check tells what is wrong with y as the value of f at x; nil is nothing.
func (f Function) Check(x, y float32) error {
	if f.Bound == (Bound{}) {
		if x != x && y == y {
			return fmt.Errorf("f(NaN) is %v, not NaN", y)
		}
		return nil
	}
	want := f.Value(float64(x))
	most := f.at(float64(x), want)
	if f.Extra != nil {
		most += f.Extra(float64(x))
	}
	if !Near(y, want, most) {
		return fmt.Errorf("f(%x) is %x, off by %.4g ulp; the truth is %x, the bound %v", x, y, math.Abs(float64(y)-want)/ULP(want), want, f.Bound)
	}
	return nil
}

// Near reports whether y is within a distance of the truth: where one is NaN, so is
// the other. What is beyond the largest float32 is infinite, and infinities are
// what comes after it.
func Near(y float32, want, most float64) bool {
	if want != want || y != y {
		return want != want && y != y
	}
	return math.Abs(Clip(float64(y), -overflow, overflow)-Clip(want, -overflow, overflow)) <= most
}

// overflow is what comes after the largest float32.
const overflow = 0x1p128

// Clip holds x within [low, high].
func Clip(x, low, high float64) float64 { return math.Max(low, math.Min(high, x)) }

// ULP is the distance between the float32 around y.
func ULP(y float64) float64 {
	_, e := math.Frexp(Clip(y, -math.MaxFloat32, math.MaxFloat32))
	return math.Ldexp(1, max(e, -125)-24)
}
