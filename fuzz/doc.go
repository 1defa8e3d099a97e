// Package fuzz holds the fuzz targets of the public package. Most compare what must
// be the same bits: the sets of kernels, the data formats, any number of threads,
// batches and their signals. FuzzActivation holds the activations to the true
// functions, as TestNumbers does the sums before them, and FuzzConfig reads and
// writes configurations.
//
//	go test ./fuzz -fuzz FuzzForward
//
// Inputs are read by source, which makes of few bytes a small layer at the edge of
// a tile, with special values: see source.go. In testdata/fuzz are inputs that found
// something, and a few of those by which fuzzing reached new code.
package fuzz
