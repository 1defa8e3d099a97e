package keras

import (
	"fmt"
	"slices"

	"github.com/sepconv/go/internal/freelist"
	"github.com/sepconv/go/sepconv"
)

// Text turns text into numbers as a TextVectorization, StringLookup or Hashing of Keras
// does; that of a StringLookup with invert turns indices into words. It does not change: any
// number of goroutines may use it. Nothing is allocated for a text that is no longer than
// those before. The methods of the zero value and of a nil Text return errors that wrap
// ErrConfig, or zero values.
type Text struct {
	cut    *cutter // of a TextVectorization
	find   finder
	words  []string // without the special ones, which have the first indices
	mode   string   // "int", "one_hot", "multi_hot", "count", "tf_idf"
	depth  int      // number of indices, in modes other than "int"
	length int      // number of indices that texts are cut or filled up to, in mode "int"; -1 if they are not
	groups int      // word i counts in group i%groups, each of which has depth numbers of its own
	invert bool

	weights []float32 // of tf_idf, for the indices from offset on
	offset  int
	mean    float32 // the weight of the indices before
	idle    *freelist.List[tokens]
}

// Text returns what a TextVectorization, StringLookup or Hashing does. Of one whose words
// were learned, in .keras, they are read from the file.
func (l *Layer) Text() (*Text, error) {
	if err := l.check(); err != nil {
		return nil, err
	}
	if !l.is("TextVectorization", "StringLookup", "Hashing") {
		return nil, l.errorf("it is of class %.80q, which does not read text", l.className())
	}
	b := &building{l: l, c: configuration(members(l.Config))}
	t, err := b.text()
	if err != nil {
		return nil, l.refuse("%w", err)
	}
	return t, nil
}

func (t *Text) made() error {
	if t == nil || t.idle == nil {
		return fmt.Errorf("%w: the Text is nil or a zero value; Layer.Text makes one", sepconv.ErrConfig)
	}
	return nil
}

// Vocabulary returns the words by their indices, with what stands for padding and for
// words that are not known, as get_vocabulary of Keras. A Hashing has none.
func (t *Text) Vocabulary() []string {
	if t == nil || t.find.index == nil {
		return nil
	}
	var list []string
	if t.find.masked == 0 {
		list = append(list, t.find.mask)
	}
	return append(append(list, slices.Repeat([]string{t.find.oovToken}, t.find.buckets)...), t.words...)
}

// Length returns how many numbers there are for a text, or -1 if that depends on the text,
// for which Count tells it: where texts are not cut to a length, or each word has numbers of
// its own.
func (t *Text) Length() int {
	switch {
	case t == nil:
		return 0
	case t.mode == "int" || t.mode == "":
		return t.length
	case t.mode == "one_hot":
		return -1
	}
	return t.groups * t.depth
}

// Count returns how many numbers there are for a text: Length, unless that is -1.
func (t *Text) Count(text ...string) (int, error) {
	if err := t.takes(text); err != nil {
		return 0, err
	}
	switch n := t.Length(); {
	case n >= 0:
		return n, nil
	case t.mode == "one_hot":
		return len(text) * t.depth, nil
	case t.cut == nil:
		return len(text), nil
	}
	s := t.tokens()
	defer t.idle.Put(s)
	t.cut.into(s, text)
	return len(s.spans), nil
}

// takes reports a text that the layer does not take.
func (t *Text) takes(text []string) error {
	if err := t.made(); err != nil {
		return err
	}
	switch {
	case t.invert:
		return fmt.Errorf("%w: the StringLookup has invert: it takes indices and gives words, with Words", sepconv.ErrConfig)
	case t.cut != nil && t.cut.split != "" && len(text) != 1:
		return fmt.Errorf("%w: there are %d texts; Fill takes one", sepconv.ErrShape, len(text))
	case t.mode == "one_hot" && len(text) > maxDepthOfText/t.depth:
		return fmt.Errorf("%w: there are %d words of %d numbers each", sepconv.ErrShape, len(text), t.depth)
	}
	return nil
}

// Fill fills dst with the numbers for a text. For a TextVectorization that splits texts, a
// text is one string; for one that does not, for a StringLookup and for a Hashing, each string
// is a word. dst is as long as Count says. Only for indices of a TextVectorization whose
// Length is -1 it may have any length: it is filled up with 0, or the text is cut off.
//
// A word without an index, where num_oov_indices is 0, is an error that wraps ErrShape, as
// is a dst of another length. Nothing is written to dst then.
func (t *Text) Fill(dst []float32, text ...string) error {
	if err := t.takes(text); err != nil {
		return err
	}
	want, err := len(dst), error(nil)
	if t.length >= 0 || t.mode != "int" || t.cut == nil {
		want, err = t.Count(text...)
	}
	switch {
	case err != nil:
		return err
	case len(dst) != want:
		return fmt.Errorf("%w: dst has %d elements; the layer gives %d", sepconv.ErrShape, len(dst), want)
	}
	s := t.tokens()
	defer t.idle.Put(s)
	if t.cut != nil {
		t.cut.into(s, text)
	} else {
		s.whole(text)
	}
	if err := t.find.all(s); err != nil {
		return err
	}
	t.write(dst, s.indices)
	return nil
}

// write writes what the mode makes of indices.
func (t *Text) write(dst []float32, indices []int) {
	clear(dst)
	switch t.mode {
	case "int":
		for i, n := range indices[:min(len(indices), len(dst))] {
			dst[i] = float32(n)
		}
		return
	case "one_hot":
		for i, n := range indices {
			if n != nowhere {
				dst[i*t.depth+n] = 1
			}
		}
		return
	}
	for i, n := range indices {
		to := dst[i%t.groups*t.depth:]
		switch {
		case n == nowhere:
		case t.mode == "multi_hot":
			to[n] = 1
		default:
			to[n]++
		}
	}
	if t.mode == "tf_idf" {
		for i := range dst {
			dst[i] *= t.weight(i % t.depth)
		}
	}
}

// weight returns the weight of an index; 0 if no word has it.
func (t *Text) weight(i int) float32 {
	switch {
	case i < t.offset:
		return t.mean
	case i-t.offset < len(t.weights):
		return t.weights[i-t.offset]
	}
	return 0
}

// Words writes the words of indices to dst, as a StringLookup with invert does. For an index
// that no word has, that is the word for unknown ones (oov_token).
func (t *Text) Words(dst []string, indices []float32) error {
	if err := t.made(); err != nil {
		return err
	}
	switch {
	case !t.invert:
		return fmt.Errorf("%w: the layer turns words into indices; a StringLookup with invert gives words", sepconv.ErrConfig)
	case len(dst) != len(indices):
		return fmt.Errorf("%w: dst has %d elements for %d indices", sepconv.ErrShape, len(dst), len(indices))
	}
	for i, x := range indices {
		first := t.find.firstBucket + t.find.buckets
		switch {
		case x > -1 && x < 1 && t.find.masked == 0:
			dst[i] = t.find.mask
		case x >= float32(first) && x < float32(first+len(t.words)):
			dst[i] = t.words[int(x)-first]
		default: // of NaN, too
			dst[i] = t.find.oovToken
		}
	}
	return nil
}

// grouped returns a Text that counts words in so many groups.
func (t *Text) grouped(groups int) *Text {
	if groups == 1 {
		return t
	}
	own := *t
	own.groups = groups
	return &own
}

// tokens returns an empty list of tokens, with room for some.
func (t *Text) tokens() *tokens {
	s := t.idle.Get()
	if s == nil {
		s = new(tokens)
	}
	s.bytes, s.spans, s.indices = s.bytes[:0], s.spans[:0], s.indices[:0]
	return s
}
