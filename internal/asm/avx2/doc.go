// Package avx2 is the set of AVX2, whose vectors have 8 lanes, with the fused
// multiply-add of FMA3.
package avx2
