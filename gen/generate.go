// Package gen holds the generators of the packages below internal/asm, each under the
// name of its set: what sets of an architecture share is in amd64 and a64, what all
// share in activation. The kernels that measure the peak of a CPU go to the benchmarks.
// They write every assembly file and its stubs:
//
//	go -C gen generate ./...
package gen

//go:generate go run ./avx2 ../internal/asm/avx2 ../bench/internal/peak
//go:generate go run ./avx512 ../internal/asm/avx512 ../bench/internal/peak
//go:generate go run ./neon ../internal/asm/neon ../bench/internal/peak
