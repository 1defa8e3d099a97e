// Package losses holds the losses that end a network, under the names of keras.losses:
// their values, and their gradients with which a backward pass begins.
//
//	loss, err := losses.SparseCategoricalCrossentropy{}.Compute(dlogits, logits, labels, nil, classes)
//	correct, err := losses.CountCorrect(logits, labels, classes)
//
// The cross-entropies take logits, what the last layer computes before softmax or
// sigmoid: they are Keras' losses with from_logits=True. Keras computes the same for a
// model that ends in a softmax or sigmoid layer and a loss without from_logits.
//
// # Arrays
//
// Logits, predictions and targets are row-major arrays (samples, width). A sample is what
// has one label: an output of (batch, steps, classes) has batch * steps of them. The width
// is an argument; the number of samples follows from the length.
//
// Compute writes the gradient, the derivative of the loss by each logit, over what its first
// argument holds, which must not share memory with the others. If that is nil, it computes
// the loss alone. The weights are one for each sample, or nil for 1 each. Without samples
// the loss is 0.
//
// Nothing is allocated, except once a row for calls without a gradient. Any number of
// goroutines may call at the same time.
//
// # One answer everywhere
//
// The same arrays give the same bits on every CPU: exponentials are those of
// sepconv.Exponential, all else is float64 arithmetic. Sums over a sample are those of
// sepconv.Softmax, eight lanes that meet in one order; samples are added from the first
// to the last. An element of the gradient is rounded to float32 once. So results are
// nearer to the truth than Keras', which computes in float32, and do not overflow
// where a float64 does not.
//
// NaN flows into the loss, and from logits into the gradient of their sample.
//
// # Errors
//
// Every call checks everything: errors wrap [sepconv.ErrConfig], [sepconv.ErrShape],
// [sepconv.ErrOverlap] or [ErrLabel], and nothing is written when there is one.
package losses
