//go:build !amd64

package asmtest

// FMA sets dst to x*y+z by the processor's float32 fused multiply-add. It
// reports false where the processor, or Go's compiler for it, has none. The
// slices are equally long.
func FMA(dst, x, y, z []float32) bool {
	// The language lets a compiler fuse x*y+z, and for arm64, ppc64, riscv64 and
	// s390x Go's does. (1+u)*(1-u)-1 is -u*u when fused, else 0.
	u := float32(1.0 / 8192)
	if fused(1+u, 1-u, -1) != -u*u {
		return false
	}
	for i := range dst {
		dst[i] = fused(x[i], y[i], z[i])
	}
	return true
}

//go:noinline
func fused(x, y, z float32) float32 { return x*y + z }
