package keras

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// tokens are what a text is cut into, and their indices.
type tokens struct {
	bytes   []byte
	spans   []stretch // of bytes
	indices []int
}

type stretch struct{ from, to int }

func (s *tokens) token(i int) []byte { return s.bytes[s.spans[i].from:s.spans[i].to] }

// whole takes each string as a token.
func (s *tokens) whole(text []string) {
	for _, w := range text {
		from := len(s.bytes)
		s.bytes = append(s.bytes, w...)
		s.spans = append(s.spans, stretch{from, len(s.bytes)})
	}
}

// cutter cuts a text into tokens as TextVectorization does. Keras leaves that to
// functions of TensorFlow, which take text as bytes: strings.lower changes those of ASCII
// alone, strings.split cuts at white space of ASCII, strings.unicode_split reads UTF-8.
type cutter struct {
	lower, punctuation bool   // punctuation is dropped
	split              string // "whitespace", "character", or "" if a text is a token
	ngrams             []int  // how many tokens are joined; nil if none are
}

// into appends the tokens of a text.
func (c *cutter) into(s *tokens, text []string) {
	for _, t := range text {
		from := len(s.bytes)
		s.bytes = append(s.bytes, t...)
		c.standardize(s, from)
		switch c.split {
		case "whitespace":
			s.words(from)
		case "character":
			s.characters(from)
		default:
			s.spans = append(s.spans, stretch{from, len(s.bytes)})
		}
	}
	if c.ngrams != nil {
		s.join(c.ngrams)
	}
}

// standardize changes the bytes from a place on.
func (c *cutter) standardize(s *tokens, from int) {
	to := from
	for _, b := range s.bytes[from:] {
		if c.punctuation && strings.IndexByte(punctuation, b) >= 0 {
			continue
		}
		if c.lower && 'A' <= b && b <= 'Z' {
			b += 'a' - 'A'
		}
		s.bytes[to] = b
		to++
	}
	s.bytes = s.bytes[:to]
}

// punctuation is what Keras drops.
const punctuation = "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'"

// words cuts at white space.
func (s *tokens) words(from int) {
	for from < len(s.bytes) {
		n := bytes.IndexFunc(s.bytes[from:], isSpace)
		if n < 0 {
			n = len(s.bytes) - from
		}
		if n > 0 {
			s.spans = append(s.spans, stretch{from, from + n})
		}
		from += n + 1
	}
}

func isSpace(r rune) bool { return r == ' ' || '\t' <= r && r <= '\r' }

// characters cuts between characters. What is no UTF-8 becomes U+FFFD, once for each part
// that could have begun a character, as the Unicode Standard recommends (section 3.9,
// substitution of maximal subparts).
func (s *tokens) characters(from int) {
	end := len(s.bytes)
	for at := from; at < end; {
		r, n := utf8.DecodeRune(s.bytes[at:end])
		if r == utf8.RuneError && n == 1 {
			n = subpart(s.bytes[at:end])
			to := len(s.bytes)
			s.bytes = utf8.AppendRune(s.bytes, utf8.RuneError)
			s.spans = append(s.spans, stretch{to, len(s.bytes)})
		} else {
			s.spans = append(s.spans, stretch{at, at + n})
		}
		at += n
	}
}

// subpart returns how many of the bytes, which begin no character, are the first of one.
func subpart(b []byte) int {
	n := 1
	for n < min(len(b), utf8.UTFMax-1) && !utf8.FullRune(b[:n+1]) {
		n++
	}
	return n
}

// join puts in place of the tokens those that follow one another, with a space between:
// for each of the widths all of them.
func (s *tokens) join(widths []int) {
	single := len(s.spans)
	for _, n := range widths {
		for i := 0; i+n <= single; i++ {
			from := len(s.bytes)
			for j := range n {
				if j > 0 {
					s.bytes = append(s.bytes, ' ')
				}
				s.bytes = append(s.bytes, s.token(i+j)...)
			}
			s.spans = append(s.spans, stretch{from, len(s.bytes)})
		}
	}
	s.spans = append(s.spans[:0], s.spans[single:]...)
}
