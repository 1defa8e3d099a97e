package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
)

// keptOut is a sentence that the network was not trained with.
type keptOut struct {
	language, text string
	keras          []float32 // the probabilities that Keras computed
}

// readKeptOut reads the shipped sentences, of which there are the probabilities of so
// many classes.
func readKeptOut(files fs.ReadFileFS, classes int) (list []keptOut, err error) {
	text, err := files.ReadFile("texts/kept-out.tsv")
	if err != nil {
		return nil, err
	}
	data, err := files.ReadFile("texts/keras.f32")
	if err != nil {
		return nil, err
	}
	const size = 4
	for i, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		language, sentence, ok := strings.Cut(line, "\t")
		if !ok || len(data) < classes*size {
			return nil, fmt.Errorf("line %d of kept-out.tsv is %.40q, and keras.f32 has %d bytes left", i+1, line, len(data))
		}
		row := make([]float32, classes)
		for j := range row {
			row[j] = math.Float32frombits(binary.LittleEndian.Uint32(data[j*size:]))
		}
		data = data[classes*size:]
		list = append(list, keptOut{language, sentence, row})
	}
	return list, nil
}

// compare classifies the shipped sentences and prints a row for each language, and the sum
// of it, compared with Keras.
func compare(w io.Writer, c *classifier) error {
	list, err := readKeptOut(shipped, len(c.names))
	if err != nil {
		return err
	}
	sentences := make([]string, len(list))
	for i, k := range list {
		sentences[i] = k.text
	}
	rows, err := c.classify(sentences)
	if err != nil {
		return err
	}
	counts := make([][]int, len(c.names)) // of sentences of a language taken for each
	for i := range counts {
		counts[i] = make([]int, len(c.names))
	}
	right, difference := 0, 0.0
	for i, k := range list {
		language := slices.Index(c.names, k.language)
		if language < 0 {
			return fmt.Errorf("line %d of kept-out.tsv is in %q, which languages.json has not", i+1, k.language)
		}
		best := largest(rows[i])
		counts[language][best]++
		if best == language {
			right++
		}
		for j, p := range rows[i] {
			difference = math.Max(difference, math.Abs(float64(p)-float64(k.keras[j])))
		}
	}
	fmt.Fprintf(w, "%s\nkernel %s\n", c.program.Summary(), c.program.Kernel())
	if err := table(w, c.names, counts); err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "recognised %d of %d (%.1f %%); largest difference from Keras %.1e\n", right, len(list), 100*float64(right)/float64(len(list)), difference)
	return err
}

// table prints how many sentences of each language were recognised, and what the others
// were taken for.
func table(w io.Writer, names []string, counts [][]int) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "language\tsentences\trecognised\ttaken for")
	for i, row := range counts {
		all, others := 0, []string{}
		for j, n := range row {
			all += n
			if n > 0 && j != i {
				others = append(others, fmt.Sprintf("%s %d", names[j], n))
			}
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%s\n", names[i], all, row[i], strings.Join(others, ", "))
	}
	return t.Flush()
}
