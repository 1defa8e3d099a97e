package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
)

// textFile gives the lines of a text: each is an example.
type textFile struct {
	lines *bufio.Scanner
	ports []port
	line  int
	o     inputOptions
}

func newText(r *bufio.Reader, ports []port, o inputOptions) (examples, error) {
	if ports[0].Text == nil {
		return nil, fmt.Errorf("%s, is of numbers, and text has none; a model takes text that begins with a TextVectorization or a StringLookup", ports[0])
	}
	if err := skipMark(r); err != nil {
		return nil, err
	}
	s := bufio.NewScanner(r)
	s.Buffer(nil, int(min(max(o.maxBytes/perByte, 1), math.MaxInt)))
	return &textFile{lines: s, ports: ports, o: o}, nil
}

func (f *textFile) count() int { return -1 }

func (f *textFile) about() string { return "text, a line an example" }

func (f *textFile) next(dst [][]float32) error {
	if !f.lines.Scan() {
		switch err := f.lines.Err(); {
		case errors.Is(err, bufio.ErrTooLong):
			return errTooLarge(fmt.Sprintf("line %d", f.line+1), f.o.maxBytes)
		case err != nil:
			return err
		}
		return io.EOF
	}
	f.line++
	text := f.lines.Text()
	for i, p := range f.ports {
		var err error
		switch {
		case p.lookup:
			dst[i], err = fillWords(dst[i], p, wordsOf(text, p))
		default:
			dst[i], err = fillText(dst[i], p, text)
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", f.line, err)
		}
	}
	return nil
}

// wordsOf returns the words of a line: the line, where the model takes one word.
func wordsOf(line string, p port) []string {
	if n, isOpen := p.fixed(); p.Text.Length() < 0 && !isOpen && n == 1 {
		return []string{line}
	}
	return strings.Fields(line)
}
