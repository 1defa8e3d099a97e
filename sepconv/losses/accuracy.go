package losses

// CountCorrect returns of how many samples of logits (samples, classes) the greatest
// logit is at the label: over the samples, keras.metrics.SparseCategoricalAccuracy. Of
// equal logits the first counts, +0 and -0 being equal; NaN is never the greatest, and
// what has nothing else is class 0, as in TensorFlow's argmax. (Keras 3 puts +0 before
// -0.) Errors are those of [SparseCategoricalCrossentropy.Compute].
func CountCorrect(logits []float32, labels []int32, classes int) (int, error) {
	const name = "CountCorrect"
	samples, err := countSamples(name, "logits", logits, classes)
	if err != nil {
		return 0, err
	}
	if err := checkLabels(name, labels, samples, classes); err != nil {
		return 0, err
	}
	correct := 0
	for i, label := range labels {
		if _, top := maximum(logits[i*classes:][:classes]); top == int(label) {
			correct++
		}
	}
	return correct, nil
}

// CountCorrectTargets is CountCorrect of targets (samples, classes), the greatest of
// which is the label: over the samples, keras.metrics.CategoricalAccuracy.
func CountCorrectTargets(logits, targets []float32, classes int) (int, error) {
	const name = "CountCorrectTargets"
	samples, err := countSamples(name, "logits", logits, classes)
	if err != nil {
		return 0, err
	}
	if len(targets) != len(logits) {
		return 0, badLength(name, "targets", len(targets), len(logits))
	}
	correct := 0
	for i := range samples {
		_, top := maximum(logits[i*classes:][:classes])
		if _, label := maximum(targets[i*classes:][:classes]); top == label {
			correct++
		}
	}
	return correct, nil
}
