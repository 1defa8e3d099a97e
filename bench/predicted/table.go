package main

import (
	"errors"
	"fmt"
	"strings"
)

// row is what is predicted for a loop.
type row struct {
	loop
	instructions, multiplyAdds int
	shares                     []float64 // of each CPU
}

type table struct {
	llvm string
	rows []row
}

const preface = `# Predicted, not measured

How near the loops of the arm64 kernels come to the rate of multiply-adds that the CPU's pipes allow, if LLVM's models
are right: shares of the rate at which the same instruction runs when it waits for nothing. The data is in the
first-level cache and branches are predicted. This table is written by

    go -C bench run ./predicted

with %s. Measured tables are made by ` + "`go -C bench run .`" + ` on the machine itself.

`

const notes = `
The first three loops do nearly all multiply-adds of layers that are large, with at least 8 rows of output, but for
those with up to 15 taps, or 16 with strides of 2 to 4, which go down the rows (` + "`Roll`" + `); their bounds are 95 %
(pointwise) and 90 % (depthwise), and 80 % in order. What holds the others back:

- ` + "`Roll`" + ` stores a sum for as many multiply-adds as there are taps, and its data takes a multiply-add pipe: with 3 taps
  and two pipes 75 % are left. Each sum begins as zero, by a MOVI, to which only the models of Neoverse N2 and V2 give
  no pipe. Those of Neoverse N1 and V2 begin 3 and 6 operations a cycle, of which loads and stores take what they have
  beside few multiply-adds: on N1 two for a load, and eight for a store of four vectors.
- ` + "`Twice` and `Gathered`" + ` bring each input in place by a ZIP1 or a TBL, which take turns with the multiply-adds: 27
  for 192 or 23 for 128, so that at most 88 % or 85 % are left; where the model gives TBL or ZIP1 more than one
  operation, less. ` + "`Gathered`" + ` loads each input in two pieces.
- ` + "`Gradient`" + ` loads two vectors for as many multiply-adds as there are taps, an input and a gradient, and moves two
  pointers, beside which the model of Neoverse N1 begins too few multiply-adds of few taps. With strides or dilations
  every input of a row is loaded, in a loop that is too short for this table.
- ` + "`Lines`" + ` and tiles of one or two rows load something for nearly every multiply-add, which three load pipes for four
  multiply-add pipes keep to 75 %. With one row there are 8 sums, and four pipes with a latency of 4 cycles could work on
  16; but then the weights, each of which is used once, come from the second-level cache or from further away.
- Tiles with fewer sums have less to do while they wait, which shows in order, and use each input less often.

LLVM takes its model of Cortex-A57 for ` + "`cortex-a72`" + ` and that of Apple's Cyclone (2013) for ` + "`apple-m1`" + `, and takes Cortex-A55
for twice as fast at 128-bit multiply-adds as Arm's guide does, with which the loads beside them would cost less.
`

// text is the table in Markdown.
func (t *table) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, preface, t.llvm)
	b.WriteString("| loop | FMLA | instructions a FMLA |")
	for _, c := range cpus {
		b.WriteString(" " + c.name + " |")
	}
	b.WriteString("\n|---|---|---|" + strings.Repeat("---|", len(cpus)) + "\n")
	for _, r := range t.rows {
		fmt.Fprintf(&b, "| `%s`: %s | %d | %.2f |", r.function, r.what, r.multiplyAdds, float64(r.instructions)/float64(r.multiplyAdds))
		for _, s := range r.shares {
			fmt.Fprintf(&b, " %.1f %% |", 100*s)
		}
		b.WriteByte('\n')
	}
	b.WriteString(notes)
	return b.String()
}

// check compares the shares with their bounds.
func (t *table) check() error {
	var all []error
	for _, r := range t.rows {
		for i, c := range cpus {
			least := r.least
			if c.inOrder {
				least = r.inOrder
			}
			const rounding = 0.0005 // of the last digit
			if r.shares[i] < least-rounding {
				all = append(all, fmt.Errorf("%s on %s: %.1f %%, which must be %.0f %%", r.function, c.name, 100*r.shares[i], 100*least))
			}
		}
	}
	return errors.Join(all...)
}
