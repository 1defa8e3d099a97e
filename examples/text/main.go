// Text tells the language of sentences with a network of SeparableConv1D layers on
// characters, trained in Keras (see train/): a whole model, from the string to the
// probabilities, that keras.Open reads and RunText runs.
//
// Without arguments it reads the sentences shipped with it, which the network never saw in
// training, and compares what it computes with what Keras computed. With arguments it
// tells the language of each; with - of each line on standard input.
//
//	go run ./examples/text [-kernel NAME] ["a sentence" ...]
//	go run ./examples/text [-kernel NAME] - < sentences.txt
package main

import (
	"bufio"
	"embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/sepconv/go/sepconv"
)

//go:embed model/languages.keras model/languages.json texts/kept-out.tsv texts/keras.f32
var shipped embed.FS

func main() {
	kernel := flag.String("kernel", "", "set of kernels to use: "+strings.Join(sepconv.Kernels(), ", "))
	flag.Parse()
	if err := run(os.Stdout, os.Stdin, *kernel, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "text:", err)
		os.Exit(1)
	}
}

func run(w io.Writer, r io.Reader, kernel string, sentences []string) error {
	c, err := open(shipped, kernel)
	if err != nil {
		return err
	}
	switch {
	case len(sentences) == 0:
		return compare(w, c)
	case len(sentences) == 1 && sentences[0] == "-":
		return tellLines(w, c, r)
	}
	return tell(w, c, sentences)
}

// maxLine bounds a line of standard input.
const maxLine = 1 << 20

// tellLines tells the language of each line as it comes.
func tellLines(w io.Writer, c *classifier, r io.Reader) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		if err := tell(w, c, []string{lines.Text()}); err != nil {
			return err
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return fmt.Errorf("a line of standard input has more than %d bytes", maxLine)
	}
	return lines.Err()
}

// tell prints a line for each sentence.
func tell(w io.Writer, c *classifier, sentences []string) error {
	rows, err := c.classify(sentences)
	if err != nil {
		return err
	}
	for i, row := range rows {
		best := largest(row)
		if _, err := fmt.Fprintf(w, "%-10s %5.1f %%  %s\n", c.names[best], 100*row[best], sentences[i]); err != nil {
			return err
		}
	}
	return nil
}
