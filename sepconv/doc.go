// Package sepconv computes depthwise-separable 1-D convolutions on the CPU:
// everything that Keras' SeparableConv1D layer computes, in Go without cgo.
//
// A layer is built from a Config, given weights in Keras' shapes, compiled, and
// run on slices of the caller:
//
//	layer, err := sepconv.New(sepconv.Config{Filters: 64, KernelSize: 9, Padding: sepconv.Same, Activation: sepconv.ReLU}, channels)
//	err = layer.SetWeights(sepconv.Weights{Depthwise: dw, Pointwise: pw, Bias: b})
//	plan, err := layer.Compile()
//	err = plan.Run(dst, src, batch, steps)
//
// With x the input, k taps w, stride s, dilation d, depth multiplier M and
// pointwise weights p, the layer is
//
//	u[t, c*M+m] = sum over j < k of     x[t*s + j*d - left, c] * w[j, c, m]
//	y[t, f]     = activation(bias[f] + sum over q < C*M of u[t, q] * p[q, f])
//
// where x is 0 outside of the signal and left is the padding in front of it.
// It is Keras' cross-correlation: the kernel is not flipped.
//
// # One answer everywhere
//
// The same weights and input give the same bits on every CPU, with every set of
// kernels, any number of threads and any split of the batch. Each output is one
// chain of float32 fused multiply-adds in a fixed order, subnormals included;
// each activation is one formula in float32 steps. Results differ from Keras',
// which sums in an order of its own, by no more than
//
//	(k + C*M + 2) * 2^-24 * sum of |terms|
//
// before the activation. NaN stays NaN.
//
// # Numbers
//
// In practice errors are smaller. Over all 21.6 million outputs of the layers of
// internal/suite, with uniform and with normal weights and inputs, in units of
// 2^-24 * sum of |terms|, their root mean square is 0.39, 97 % are within 1, 99.7 %
// within 2, the largest is 8.5, and none exceeds 0.12 of the bound above:
//
//	go test ./fuzz -run TestNumbers -v -every 1
//
// At the ends of float32 a chain of fused multiply-adds does as IEEE-754 says:
//
//   - A sum that leaves the range of float32 on its way stays infinite, or becomes
//     NaN where infinities cancel, though the sum of all terms may be finite. A
//     product may leave it: it is not rounded before it is added.
//   - Subnormal numbers count, as inputs, on the way and as results. TensorFlow
//     takes them for 0.
//   - Where terms cancel, the relative error of the result has no bound. The bound
//     above holds.
//   - Taps in the padding are multiplied with x = +0: as in Keras, an infinite or NaN
//     weight makes NaN there. Nor does a weight of 0 hide an infinity or a NaN.
//   - A sum of zeros of both signs is +0, and what cancels is +0. An output is -0
//     only if its bias and all its products are.
//
// StandardActivation says how near the activations are to the true functions.
//
// # Streams
//
// A Stream takes a signal that comes in chunks, and a Bank takes many of them. They give, bit
// for bit, what Run gives for the whole signal:
//
//	stream, err := plan.Stream()
//	n, err := stream.Push(dst, chunk)
//
// # Training
//
// Layer.Train makes a Trainer, which computes the derivatives of the loss by the weights and
// by the input. The caller writes the loop: the loss, of package losses, before Backward,
// and a step of an optimizer, of package optimizers, after it. A run of training ends with
// the same bits on every CPU, with any number of threads, and whether intermediate results
// are kept or computed again.
//
// # Errors
//
// Every call checks all of its arguments. Errors wrap ErrConfig, ErrShape, ErrWeights,
// ErrOverlap, ErrOrder, ErrKernel or ErrState, or ErrFile where files are read or written,
// and nothing has been written to outputs when there is one.
package sepconv
