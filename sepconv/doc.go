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
// What the error is in practice: over all 21.6 million outputs of the layers of
// internal/suite, with uniform and with normal weights and inputs, its root mean
// square is 0.39 * 2^-24 * sum of |terms|, 97 % are within 1 times that unit, 99.7 %
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
//   - Taps in the padding count with x = +0: as in Keras an infinite or NaN weight
//     makes NaN there. A weight of 0 does not stop an infinity or a NaN either.
//   - A sum of zeros of both signs is +0, and what cancels is +0. An output is -0
//     only if its bias and all its products are.
//
// How near the activations are to the true functions is said at StandardActivation.
//
// # Streams
//
// A signal that comes in chunks goes to a Stream, and many of them to a Bank. What they
// give is, bit for bit, what Run gives of the whole signal:
//
//	stream, err := plan.Stream()
//	n, err := stream.Push(dst, chunk)
//
// # Training
//
// Layer.Train makes a Trainer, which computes the gradients of the weights and of the
// input on slices of the caller, whose loop it is; sepconv/losses and sepconv/optimizers
// have what comes before and after. A run of training ends with the same bits on every
// CPU, with any number of threads, and whether intermediate results are kept or computed
// again.
//
// # Errors
//
// Every call checks everything: errors wrap ErrConfig, ErrShape, ErrWeights,
// ErrOverlap, ErrOrder, ErrKernel or ErrState, and nothing is written when there is one. Package
// keras, which reads and writes files, wraps ErrFile.
package sepconv
