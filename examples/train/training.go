package main

import (
	"sync"

	"github.com/sepconv/go/examples/internal/sound"
	"github.com/sepconv/go/sepconv/losses"
	"github.com/sepconv/go/sepconv/optimizers"
)

const (
	batchSize = 32
	draws     = 4 // of each recording in an epoch, each augmented anew
)

// settings are what the result of a run depends on.
type settings struct {
	Seed   uint64
	Epochs int
}

// training is a run, between two epochs.
type training struct {
	settings
	network    *network
	optimizer  *optimizers.Adam
	random     random
	lessons    []recording // to train with
	validation []recording
	history    []epoch // those that are done

	batch           []float32
	scores, dscores []float32
	labels          []int32
}

// epoch is how a run was after an epoch.
type epoch struct {
	Loss, Accuracy                     float64 // means over the augmented recordings, while the network changed
	ValidationLoss, ValidationAccuracy float64 // of the network at the end
}

func newTraining(s settings, kernel string, threads int, learn, validation []recording) (*training, error) {
	n, err := newNetwork(s.Seed, kernel, threads)
	if err != nil {
		return nil, err
	}
	t := &training{settings: s, network: n, random: newRandom(s.Seed), lessons: learn, validation: validation}
	steps := int64(s.Epochs * t.steps())
	t.optimizer = &optimizers.Adam{Schedule: schedule(steps), Clip: optimizers.Clip{GlobalNorm: 1}}
	return t, nil
}

// schedule warms up in a tenth of the steps, and then goes down along a cosine.
func schedule(steps int64) optimizers.Schedule {
	const most = 4e-3
	warm := steps / 10
	s := optimizers.CosineDecay{InitialLearningRate: most, DecaySteps: steps - warm, Alpha: 0.01}
	if warm > 0 {
		s.InitialLearningRate, s.WarmupTarget, s.WarmupSteps = most/10, most, warm
	}
	return s
}

// steps returns how many batches an epoch has.
func (t *training) steps() int { return (len(t.lessons)*draws + batchSize - 1) / batchSize }

// epoch trains with each recording as often as draws says, in random order, and calls
// step after each batch.
func (t *training) epoch(step func(done, of int)) error {
	order := t.random.order(len(t.lessons) * draws)
	loss, correct := 0.0, 0
	for i := range t.steps() {
		part := order[i*batchSize : min((i+1)*batchSize, len(order))]
		l, c, err := t.step(part)
		if err != nil {
			return err
		}
		loss += float64(l * float64(len(part)))
		correct += c
		step(i+1, t.steps())
	}
	n := float64(len(order))
	e := epoch{Loss: loss / n, Accuracy: float64(correct) / n}
	var err error
	if e.ValidationLoss, e.ValidationAccuracy, err = t.validate(); err != nil {
		return err
	}
	t.history = append(t.history, e)
	return nil
}

// step trains with a batch.
func (t *training) step(part []int) (loss float64, correct int, err error) {
	t.prepare(part)
	n, of := t.network, len(part)
	n.zeroGradients()
	if err := n.forward(t.scores, t.batch, of); err != nil {
		return 0, 0, err
	}
	if loss, err = (losses.SparseCategoricalCrossentropy{}).Compute(t.dscores, t.scores, t.labels, nil, len(words)); err != nil {
		return 0, 0, err
	}
	if correct, err = losses.CountCorrect(t.scores, t.labels, len(words)); err != nil {
		return 0, 0, err
	}
	if err := n.backward(t.dscores, of); err != nil {
		return 0, 0, err
	}
	return loss, correct, t.optimizer.Step(n)
}

// prepare augments the recordings of a batch, several at a time. Each has a generator of
// its own, seeded in their order.
func (t *training) prepare(part []int) {
	t.batch = resize(t.batch, len(part)*sound.Window)
	t.scores, t.dscores = resize(t.scores, len(part)*len(words)), resize(t.dscores, len(part)*len(words))
	t.labels = t.labels[:0]
	var all sync.WaitGroup
	free := make(chan struct{}, t.network.threads)
	for i, number := range part {
		r := t.lessons[number%len(t.lessons)]
		t.labels = append(t.labels, r.label)
		seeded := newRandom(t.random.Uint64())
		dst := t.batch[i*sound.Window:][:sound.Window]
		all.Add(1)
		free <- struct{}{}
		go func() {
			augment(dst, r.samples, seeded)
			<-free
			all.Done()
		}()
	}
	all.Wait()
}

// validate returns the loss and the accuracy over the voices that are kept out.
func (t *training) validate() (loss, accuracy float64, err error) {
	plans, err := t.network.plans()
	if err != nil {
		return 0, 0, err
	}
	scores := make([]float32, 0, len(t.validation)*len(words))
	labels := make([]int32, 0, len(t.validation))
	for _, r := range t.validation {
		s, err := run(plans, r.samples)
		if err != nil {
			return 0, 0, err
		}
		scores, labels = append(scores, s...), append(labels, r.label)
	}
	if loss, err = (losses.SparseCategoricalCrossentropy{}).Compute(nil, scores, labels, nil, len(words)); err != nil {
		return 0, 0, err
	}
	correct, err := losses.CountCorrect(scores, labels, len(words))
	return loss, float64(correct) / float64(len(labels)), err
}
