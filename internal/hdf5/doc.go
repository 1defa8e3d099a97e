// Package hdf5 reads and writes the part of HDF5 that Keras and h5py use.
//
// It exists because no reader in Go could be trusted with a model from anywhere:
// of those that were tried, one silently lost groups of files that h5py had made
// with libver='latest', failed at 200 groups in one group, and had to be killed
// eight times in 1,600 damaged files for the memory it asked for; the others gave
// wrong numbers for compressed data, or nothing of a file that had one float16
// data set. Here every length is checked against the file before anything is
// allocated for it, all that a file makes the reader allocate, and the time that
// it takes, is bounded, and what cannot be read is an error, never a gap.
//
// # What can be read
//
//   - superblocks of versions 0 to 3, at the beginning or after a user block,
//     addresses and lengths of 2, 4 and 8 bytes;
//   - object headers of both versions, in any number of pieces, and types that
//     several objects share;
//   - groups of the old style, and those of the new style with few links and with
//     many; attributes, likewise, of every version;
//   - contiguous, compact and chunked data, with all six indexes of chunks, the
//     filters deflate, shuffle and fletcher32, and h5py's lzf, and the fill values of
//     what was never written;
//   - integers of 8 to 64 bits and enumerations of them (bool in h5py), float16,
//     bfloat16, float32 and float64, in both byte orders; strings of fixed and of
//     variable length; the bytes of any type, so of the opaque elements that Keras
//     stores bfloat16 as.
//
// # What is refused
//
// With ErrUnsupported, when it is touched, so that the rest of the file can still
// be read: soft, external and user-defined links; data in other files, and virtual
// data sets; messages in the heap of shared messages; fractal heaps with filters;
// the filters szip, nbit and scaleoffset, and those of third parties (ErrFilter); layouts of
// versions before 3 (HDF5 before 1.6.3) and after 4 (HDF5 2.0); values of compound,
// array, reference and other types. Files that are made of several, or have a
// metadata cache image, cannot be opened at all.
//
// With ErrTooLarge: whatever goes beyond the limit that is given to Open, data that
// unfold to more than 1032 times what is stored, groups nested more than 64 deep.
//
// With ErrFormat: a group that contains itself, and everything else that breaks
// the format, checksums included.
//
// # What is written
//
// A Writer makes files as h5py makes them for Keras by default, which every version
// of HDF5 reads: superblock 0, groups of the old style, contiguous data.
//
// # Source
//
// The HDF5 File Format Specification, version 3.0 (HDF5 1.10 and later); comments
// name its sections. Where it leaves a question open, the files of HDF5 1.14.6 that
// testdata holds answer it.
package hdf5
