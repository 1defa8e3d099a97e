package dispatch

import (
	"testing"

	"github.com/sepconv/go/internal/conformance"
	"github.com/sepconv/go/internal/generic"
	"github.com/sepconv/go/internal/kernel"
)

// oracle is the set that every CPU can run.
var oracle = generic.Set()

// Every row of the table is held to generic: package conformance says how.

func TestDepthwiseKernels(t *testing.T)      { eachSet(t, conformance.Depthwise) }
func TestDepthwiseLinesKernels(t *testing.T) { eachSet(t, conformance.DepthwiseLines) }
func TestGradientKernels(t *testing.T)       { eachSet(t, conformance.DepthwiseGradient) }
func TestPointwiseGradient(t *testing.T)     { eachSet(t, conformance.PointwiseGradient) }
func TestPointwiseKernels(t *testing.T)      { eachSet(t, conformance.Pointwise) }
func TestNoRows(t *testing.T)                { eachSet(t, conformance.NoRows) }
func TestMaxima(t *testing.T)                { eachSet(t, conformance.Maximum) }
func TestSums(t *testing.T)                  { eachSet(t, conformance.Sum) }
func TestCopies(t *testing.T)                { eachSet(t, conformance.Copy) }
func TestCopiesPastCaches(t *testing.T)      { eachSet(t, conformance.CopyPast) }
func TestTransposes(t *testing.T)            { eachSet(t, conformance.Transpose) }
func TestActivate(t *testing.T)              { eachSet(t, conformance.Activate) }
func TestGate(t *testing.T)                  { eachSet(t, conformance.Gate) }
func TestPullback(t *testing.T)              { eachSet(t, conformance.Pullback) }
func TestSigns(t *testing.T)                 { eachSet(t, conformance.Signs) }
func TestPullbackBits(t *testing.T)          { eachSet(t, conformance.PullbackBits) }
func TestPackTransposed(t *testing.T)        { eachSet(t, conformance.PackTransposed) }
func TestActivationBits(t *testing.T)        { eachSet(t, conformance.ActivationBits) }
func TestOwnActivations(t *testing.T)        { eachSet(t, conformance.OwnActivations) }

func eachSet(t *testing.T, test func(t *testing.T, s *kernel.Set)) {
	for _, s := range Sets() {
		t.Run(s.Name, func(t *testing.T) { test(t, s) })
	}
}

func FuzzDepthwise(f *testing.F)         { conformance.FuzzDepthwise(f, Sets()) }
func FuzzDepthwiseLines(f *testing.F)    { conformance.FuzzDepthwiseLines(f, Sets()) }
func FuzzDepthwiseGradient(f *testing.F) { conformance.FuzzDepthwiseGradient(f, Sets()) }
func FuzzPointwise(f *testing.F)         { conformance.FuzzPointwise(f, Sets()) }
func FuzzPointwiseGradient(f *testing.F) { conformance.FuzzPointwiseGradient(f, Sets()) }
func FuzzMaximum(f *testing.F)           { conformance.FuzzMaximum(f, Sets()) }
func FuzzSum(f *testing.F)               { conformance.FuzzSum(f, Sets()) }
func FuzzCopy(f *testing.F)              { conformance.FuzzCopy(f, Sets()) }
func FuzzCopyPast(f *testing.F)          { conformance.FuzzCopyPast(f, Sets()) }
func FuzzTranspose(f *testing.F)         { conformance.FuzzTranspose(f, Sets()) }
func FuzzActivate(f *testing.F)          { conformance.FuzzActivate(f, Sets()) }
