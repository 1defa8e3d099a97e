package amd64

import (
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
	"github.com/sepconv/go/gen/activation"
)

// What depends on how a set keeps masks: AVX2 in the top bit of each lane of a
// vector, AVX-512 in registers of their own.

// mask is the result of comparisons, and what Choose goes by.
type mask = vec

// newMask returns a mask for each vector, and calls emit for each.
func (k *activations) newMask(emit func(i int, dst Op)) mask {
	m := make(mask, k.beside)
	for i := range m {
		if k.lanes == 16 {
			m[i] = k.K()
		} else {
			m[i] = k.vector()
		}
		emit(i, m[i])
	}
	return m
}

// isUnordered is the predicate of VCMPPS that finds NaN.
const isUnordered = 3

// predicates are the others.
var predicates = map[activation.Predicate]uint8{
	activation.Equal: 0x00, activation.Less: 0x11, activation.AtLeast: 0x1d, activation.Greater: 0x1e,
}

func (k *activations) Compare(x vec, p activation.Predicate, y vec) mask {
	return k.newMask(func(i int, dst Op) { k.taking(y[i], k.VCMPPS, k.VCMPPS_BCST)(U8(predicates[p]), y[i], x[i], dst) })
}

// Negative goes by the sign bit: -0 and some NaN are negative.
func (k *activations) Negative(x vec) mask {
	if k.lanes == 8 {
		return x
	}
	return k.newMask(func(i int, dst Op) { k.VPMOVD2M(x[i], dst) })
}

// Choose is yes where m is set, elsewhere no.
func (k *activations) Choose(m mask, yes, no vec) vec {
	no = k.registers(no)
	return k.new(func(i int, dst reg.VecVirtual) {
		if k.lanes == 16 {
			k.taking(yes[i], k.VBLENDMPS, k.VBLENDMPS_BCST)(yes[i], no[i], m[i], dst)
		} else {
			k.VBLENDVPS(m[i], yes[i], no[i], dst)
		}
	})
}

// firstLanes returns the mask of the first n lanes, of all if there are no more.
func (k *activations) firstLanes(n reg.Register) Op {
	if k.lanes == 16 {
		most, bits, mask := k.GP64(), k.GP64(), k.K()
		k.MOVQ(U32(16), most)
		k.MOVQ(n, reg.RCX)
		k.CMPQ(reg.RCX, most)
		k.CMOVQGT(most, reg.RCX)
		k.MOVQ(U32(1), bits)
		k.SHLQ(reg.CL, bits)
		k.DECQ(bits)
		k.KMOVW(bits.As32(), mask)
		return mask
	}
	lanes, end, mask := k.GP64(), k.GP64(), k.vector()
	k.MOVQ(I32(-int32(k.lanes)), lanes)
	k.MOVQ(n, end)
	k.NEGQ(end)
	k.CMPQ(end, lanes)
	k.CMOVQGT(end, lanes)
	k.LEAQ(k.tailMask().Offset(k.bytes()), end)
	k.VMOVUPS(Mem{Base: end, Index: lanes, Scale: 4}, mask)
	return mask
}

// loadLanes loads the lanes of a mask; the others become 0.
func (k *generator) loadLanes(mask Op, m Mem, dst reg.VecVirtual) {
	if k.lanes == 16 {
		k.VMOVUPS_Z(m, mask, dst)
	} else {
		k.VMASKMOVPS(m, mask, dst)
	}
}

// storeLanes stores the lanes of a mask.
func (k *generator) storeLanes(x, mask Op, m Mem) {
	if k.lanes == 16 {
		k.VMOVUPS(x, mask, m)
	} else {
		k.VMASKMOVPS(x, mask, m)
	}
}
