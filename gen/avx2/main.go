// Command avx2 writes the kernels of the set of that name.
//
//	go run ./avx2 ../internal/asm/avx2 ../bench/internal/peak
package main

import "github.com/sepconv/go/gen/amd64"

// There are 16 registers: 12 sums, 2 of weights, 1 broadcast.
func main() {
	amd64.Set{Package: "avx2", Suffix: "AVX2", Lanes: 8, Rows: 6, Outputs: 8, Taps: 6, Copies: true}.Main()
}
