package main

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"strings"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/keras"
)

// readFS is where files are read from: the shipped ones or the user's.
type readFS interface {
	ReadFile(name string) ([]byte, error)
}

// network is a model that has a score for each word at each step of its output.
type network struct {
	program *keras.Program
	words   []string
}

// loadNetwork reads model/keywords.keras as Keras saved it, or the user's model if there
// is one, and the words in the order of its filters.
func loadNetwork(files readFS, kernel, model string) (*network, error) {
	words, err := files.ReadFile("model/words.txt")
	if err != nil {
		return nil, err
	}
	opened, err := openModel(files, model)
	if err != nil {
		return nil, err
	}
	n := &network{words: strings.Fields(string(words))}
	if n.program, err = opened.Compile(sepconv.WithKernel(kernel)); err != nil {
		return nil, err
	}
	in, out := n.program.Inputs(), n.program.Outputs()
	if len(in) != 1 || len(in[0].Shape) != 3 || in[0].Shape[1] != -1 || in[0].Shape[2] != 1 {
		return nil, fmt.Errorf("the model takes arrays of shape %v; it must take one of [-1 -1 1], samples", shapes(in))
	}
	if len(out) != 1 || len(out[0].Shape) != 3 {
		return nil, fmt.Errorf("the model gives arrays of shape %v; it must give one of [-1 -1 %d], scores of the words at each step", shapes(out), len(n.words))
	}
	if filters := out[0].Shape[2]; filters != len(n.words) {
		return nil, fmt.Errorf("the model has %d filters for %d words", filters, len(n.words))
	}
	return n, nil
}

func shapes(ports []keras.Port) (list [][]int) {
	for _, p := range ports {
		list = append(list, p.Shape)
	}
	return list
}

// openModel opens the user's model, or without one the shipped.
func openModel(files readFS, name string) (*keras.Model, error) {
	if name != "" {
		return keras.Open(name)
	}
	data, err := files.ReadFile("model/keywords.keras")
	if err != nil {
		return nil, err
	}
	return keras.Read(bytes.NewReader(data), int64(len(data)))
}

// run returns the mean over time of what the model makes of the samples: a score for each
// word.
func (n *network) run(samples []float32) ([]float32, error) {
	shapes, err := n.program.OutputShapes(1, len(samples))
	if err != nil {
		return nil, err
	}
	y := make([]float32, shapes[0][1]*shapes[0][2])
	if err := n.program.Run([][]float32{y}, [][]float32{samples}, 1); err != nil {
		return nil, err
	}
	m := newMeans(len(n.words))
	m.add(y)
	return m.scores(), nil
}

// means are those of the scores over time.
type means struct {
	sums []float64
	n    int // numbers that were added
}

func newMeans(words int) *means { return &means{sums: make([]float64, words)} }

// add adds steps of scores, the ones after those before.
func (m *means) add(x []float32) {
	for i, y := range x {
		m.sums[i%len(m.sums)] += float64(y)
	}
	m.n += len(x)
}

func (m *means) scores() []float32 {
	scores := make([]float32, len(m.sums))
	for i, sum := range m.sums {
		scores[i] = float32(sum / float64(m.n/len(m.sums)))
	}
	return scores
}

// softmaxBest returns the index of the largest score and its share of the sum of
// all exponentials.
func softmaxBest(scores []float32) (best int, share float64) {
	for i, s := range scores {
		if s > scores[best] {
			best = i
		}
	}
	sum := 0.0
	for _, s := range scores {
		sum += math.Exp(float64(s) - float64(scores[best]))
	}
	return best, 1 / sum
}

// disk reads the user's files.
type disk struct{}

// maxFile bounds what is read of one: twelve minutes of CD sound.
const maxFile = 128 << 20

func (disk) ReadFile(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("the file has %d bytes; it may have %d at most", info.Size(), maxFile)
	}
	return os.ReadFile(name)
}
