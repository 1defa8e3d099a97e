// Package nn holds what stands between the convolutions of a network while it is
// trained: batch normalization, rectification and pooling over time. Package sepconv has
// the convolutions, package losses the end.
//
// Arrays are row-major (batch, steps, channels), as in Keras' channels_last; what does
// not look along time takes them as (rows, channels). Whoever calls has checked shapes:
// slices of lengths that do not fit panic.
//
// # One answer everywhere
//
// The same arrays give the same bits on every CPU, with any number of threads. Sums are
// chains of float64 additions from 0, each channel's own:
//
//   - those over rows run over blocks of [kernel.Block] rows of the whole batch, counted
//     from its first, as the sums of gradients do; the sums of the blocks are added in
//     ascending order to 0;
//   - those over time, of pooling, run from the first step to the last, so that a stream,
//     which does not know its end, gets the same.
//
// What comes out is rounded to float32 once. Products are converted to float64 before
// they are added to, which forbids the compiler to fuse the two.
package nn
