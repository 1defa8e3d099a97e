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
// # Errors
//
// Every call checks everything: errors wrap ErrConfig, ErrShape, ErrWeights,
// ErrOverlap or ErrKernel, and nothing is written when there is one. Package
// keras, which reads and writes files, wraps ErrFile.
package sepconv
