// Package hdf5 reads and writes the part of HDF5 that Keras and h5py use.
//
// It exists because no other reader in Go could be fuzzed or trusted with a
// model: of those that were tried, one silently lost groups of files written with
// libver='latest', failed at 200 groups in one group and had to be killed eight
// times in 1,600 damaged files for the memory it asked for; the others gave wrong
// numbers for compressed data or no file at all for one float16 data set. Here
// every length is checked before anything is allocated for it, all that a file
// makes the reader allocate is bounded, and what cannot be read is an error, never
// a gap.
package hdf5
