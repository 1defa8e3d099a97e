package main

import (
	"fmt"
	"slices"
)

// How texts become the numbers that a model takes.

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
		return errTooLarge(fmt.Sprintf("a text of %d bytes", n), o.maxBytes)
	}
	return nil
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
