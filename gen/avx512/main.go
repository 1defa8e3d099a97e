// Command avx512 writes the kernels of the set of that name.
//
//	go run ./avx512 ../internal/asm/avx512 ../bench/internal/peak
package main

import "github.com/sepconv/go/gen/amd64"

// There are 32 registers: 28 sums, 2 of weights, 1 broadcast. Only this set computes so
// fast that writing past the caches gains anything.
func main() {
	amd64.Set{Package: "avx512", Suffix: "AVX512", Lanes: 16, Rows: 14, Outputs: 16, Taps: 12, Bypass: true}.Main()
}
