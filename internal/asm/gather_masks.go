package asm

import "github.com/sepconv/go/internal/kernel"

// Masks is the gathering of AVX2 and AVX-512: a masked load of as many inputs as a
// vector of columns needs, which a permutation hands to the lanes.
type Masks struct {
	// Words says that a mask is the bits of a word, as AVX-512 has it, and not the top
	// bit of each lane.
	Words   bool
	Windows []MaskedKernel       // by rows
	Chunk   int                  // taps that Windows take at once
	Rolls   [][]MaskedRollKernel // by stride, then by taps
}

type (
	// MaskedKernel is a WindowKernel for one vector of columns and one block of rows.
	MaskedKernel func(dst, src, taps *float32, chunks, rest, dstStride, rowStride, tapStride int, accumulate uint64, lanes *uint32)
	// MaskedRollKernel is a RollKernel for one vector of columns.
	MaskedRollKernel func(dst, src, taps *float32, singles, turns, dstStride, rowStride int, lanes *uint32)
)

func (m *Masks) words(k *Kernels) int { return 2 * k.Lanes } // see lanesOf

func (m *Masks) rolls(_ *kernel.Depthwise, stride, taps int) bool {
	return has(m.Rolls, stride, taps)
}

func (m *Masks) broadcasts(a *kernel.Depthwise, panel int) bool {
	return a.Multiplier >= panel && a.Multiplier%panel == 0 && a.Offset%panel == 0 // mostly the first says so, without a division
}

func (m *Masks) columns(k *Kernels, a *kernel.Depthwise, t taps, r, n, blocks, q int) {
	var g gathering
	for ; q < a.Columns; q += k.Lanes {
		lanes := m.lanesOf(a, q, k.Lanes, &g)
		chunks, rest := chunks(a, &t, m.Chunk)
		w := &a.Taps[q/k.Panel*a.PanelStride+t.first*k.Panel+q%k.Panel]
		c := (a.Offset + q) / a.Multiplier
		for b := range blocks {
			m.Windows[n](&t.dst[(r+b*n)*t.dstStride+q], &t.src[(r+b*n)*t.rowStride+c], w, chunks, rest,
				4*t.dstStride, 4*t.rowStride, 4*a.TapStride, t.flags(), lanes)
		}
	}
}

// A band is done for all columns if they are gathered alike, else for one panel after
// the other, since it takes time to write how to gather.
func (m *Masks) rollColumns(k *Kernels, a *kernel.Depthwise, t taps, r rolling, n, q int) {
	together := k.Panel
	if k.Lanes%a.Multiplier == 0 {
		together = a.Columns
	}
	var g gathering
	for q < a.Columns {
		end := min((q/together+1)*together, a.Columns)
		for i := range n {
			b := r.band(i, n)
			for q := q; q < end; q += k.Lanes {
				lanes := m.lanesOf(a, q, k.Lanes, &g)
				c := (a.Offset + q) / a.Multiplier
				w := &a.Taps[q/k.Panel*a.PanelStride+t.first*k.Panel+q%k.Panel]
				m.Rolls[r.stride][t.n](&t.dst[b.first*t.dstStride+q], &t.src[b.first*t.rowStride+c], w,
					b.singles, b.turns, 4*t.dstStride, 4*r.inputStride, lanes)
			}
		}
		q = end
	}
}

// gathering is what columns need of their inputs: how many columns there are, and
// the place of the first among the columns of its channel.
type gathering struct{ columns, phase int }

// lanesOf says where the inputs of the columns from q on stand: a mask of which to
// load, then for each column which of those is its own. It is written anew if it is
// not what was needed last.
func (m *Masks) lanesOf(a *kernel.Depthwise, q, width int, last *gathering) *uint32 {
	g := gathering{min(width, a.Columns-q), (a.Offset + q) % a.Multiplier}
	if g == *last {
		return &a.Scratch[0]
	}
	*last = g
	mask, index := a.Scratch[:width], a.Scratch[width:][:width]
	input, left := uint32(0), a.Multiplier-g.phase // columns that the input has left
	for i := range index {
		if i > 0 && i < g.columns { // those that do not exist have the last one's
			if left--; left == 0 {
				input, left = input+1, a.Multiplier
			}
		}
		index[i] = input
	}
	loaded := int(input) + 1
	if m.Words {
		mask[0] = 1<<loaded - 1
		return &a.Scratch[0]
	}
	clear(mask)
	for i := range loaded {
		mask[i] = 1 << 31
	}
	return &a.Scratch[0]
}
