package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
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

// perByte is how much memory a byte of text takes at most while numbers are made of it: a
// token of one byte is a string, has a place and an index, and there are copies of these
// while memory grows.
const perByte = 64

// checkText reports a text that takes more than the limit.
func checkText(fields []string, o inputOptions) error {
	n := int64(len(fields))
	for _, text := range fields {
		n += int64(len(text))
	}
	if n > max(o.maxBytes/perByte, 1) {
		return errTooLarge(fmt.Sprintf("a text of %d bytes", n), o)
	}
	return nil
}

// skipMark skips a byte order mark of UTF-8.
func skipMark(r *bufio.Reader) error {
	const mark = "\ufeff"
	begin, err := r.Peek(len(mark))
	if err == nil && string(begin) == mark {
		_, err = r.Discard(len(mark))
	}
	if err == io.EOF {
		return nil
	}
	return err
}

func (f *textFile) count() int { return -1 }

func (f *textFile) about() string { return "text, a line an example" }

func (f *textFile) next(dst [][]float32) error {
	if !f.lines.Scan() {
		switch err := f.lines.Err(); {
		case errors.Is(err, bufio.ErrTooLong):
			return errTooLarge(fmt.Sprintf("line %d", f.line+1), f.o)
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

// fillFields fills ports with an example of which the words are given: for a
// TextVectorization it must be one text.
func fillFields(dst [][]float32, ports []port, fields []string, o inputOptions) (err error) {
	if err := checkText(fields, o); err != nil {
		return err
	}
	for i, p := range ports {
		switch {
		case p.lookup:
			dst[i], err = fillWords(dst[i], p, fields)
		case len(fields) != 1:
			err = fmt.Errorf("there are %d texts; %s, is made of one", len(fields), p)
		default:
			dst[i], err = fillText(dst[i], p, fields[0])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// fillWords appends what a StringLookup gives for words.
func fillWords(dst []float32, p port, words []string) ([]float32, error) {
	n := p.Text.Length()
	if n < 0 {
		n = len(words)
		if want, isOpen := p.fixed(); !isOpen && n != want {
			return dst, fmt.Errorf("there are %d words; %s, is made of %d", n, p, want)
		}
	}
	at := len(dst)
	dst = slices.Grow(dst, n)[:at+n]
	return dst, p.Text.Fill(dst[at:], words...)
}

// fillText appends what a TextVectorization gives for a text. Where it cuts nothing off
// and fills nothing up, there are as many numbers as tokens, and one for an empty text:
// the 0 that it would have beside others in a batch.
func fillText(dst []float32, p port, text string) ([]float32, error) {
	n, err := p.Text.Count(text)
	if err != nil {
		return dst, err
	}
	if p.Text.Length() < 0 {
		n = max(n, 1)
	}
	at := len(dst)
	dst = slices.Grow(dst, n)[:at+n]
	return dst, p.Text.Fill(dst[at:], text)
}
