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
// has one label, so that for an output of (batch, steps, classes) there are batch * steps.
// The width is given, and the number of samples follows.
//
// Compute writes the gradient, the derivative of the loss by each logit, to its first
// argument, which replaces what is there and may not share memory with others. Where
// that is nil, the loss alone is computed. Weights are those of the samples, or nil, which
// is 1 for each. Without samples the loss is 0.
//
// Nothing is allocated, but for a row that calls without a gradient share. Any number of
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
