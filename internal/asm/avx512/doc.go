// Package avx512 is the set of AVX-512, whose vectors have 16 lanes, in the version of the
// first servers that had it. What only moves data through the
// caches it takes from AVX2, which it requires.
package avx512
