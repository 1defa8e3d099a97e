package keras

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/sepconv/go/internal/kerasjson"
	"github.com/sepconv/go/internal/strictjson"
	"github.com/sepconv/go/sepconv"
)

// Text turns text into numbers as a TextVectorization or StringLookup of Keras does,
// for the layers that follow. It does not change: any number of goroutines may use it.
// The methods of the zero value and of a nil Text return errors that wrap ErrConfig, or
// zero values.
type Text struct {
	words   []string // as get_vocabulary returns them
	index   map[string]int
	unknown int // the index of what is no word
	first   int // the index of the first word of one's own
	mode    string
	length  int // of what the layer gives for a text; Open if that hangs on the text
	weights []float32

	isLookup    bool
	lower       bool
	punctuation bool // is dropped
	characters  bool // are the tokens
	ngrams      []int
}

// Text returns what a TextVectorization or StringLookup does. Of one whose words were
// learned, in .keras, they are read from the file.
func (l *Layer) Text() (*Text, error) {
	if err := l.check(); err != nil {
		return nil, err
	}
	if !l.is("TextVectorization", "StringLookup") {
		return nil, l.errorf("it is of class %.80q, which does not read text", l.className())
	}
	b := &building{l: l, c: configuration(members(l.Config))}
	t, err := b.text()
	if err == nil {
		err = b.err
	}
	if err != nil {
		return nil, l.refuse("%w", err)
	}
	return t, nil
}

// text reads the configuration.
func (b *building) text() (*Text, error) {
	t := &Text{isLookup: b.l.is("StringLookup"), length: -1}
	t.mode = strings.ReplaceAll(b.word("output_mode", "int", "multi_hot", "count", "tf_idf", "tf-idf"), "-", "_")
	if t.isLookup {
		if b.flag("invert", false) {
			return nil, unsupportedf("invert is true: it turns indices into words")
		}
		if n := b.integer("num_oov_indices", 1, 0); n != 1 {
			return nil, unsupportedf("num_oov_indices is %d; words that are not known have one index here", n)
		}
	} else {
		standardize := "lower_and_strip_punctuation"
		if b.c["standardize"] != nil {
			standardize = b.word("standardize", "null", "lower_and_strip_punctuation", "lower", "strip_punctuation")
		}
		t.lower, t.punctuation = strings.HasPrefix(standardize, "lower"), strings.HasSuffix(standardize, "strip_punctuation")
		switch b.word("split", "null", "whitespace", "character") {
		case "whitespace":
		case "null":
			if b.c["split"] == nil {
				break // the default is whitespace
			}
			return nil, unsupportedf("split is null; a text is split at whitespace or into characters here")
		case "character":
			t.characters = true
		}
		if err := b.ngrams(t); err != nil {
			return nil, err
		}
	}
	if err := b.vocabulary(t); err != nil {
		return nil, err
	}
	switch {
	case t.mode != "int":
		t.length = len(t.words)
		if b.flag("pad_to_max_tokens", false) && b.c.given("max_tokens") {
			t.length = max(b.integer("max_tokens", 1, 1), t.length)
		}
		const most = 1 << 24
		if t.length > most {
			return nil, fmt.Errorf("%w: max_tokens is %d; it may be %d", sepconv.ErrConfig, t.length, most)
		}
	case !t.isLookup && b.c.given("output_sequence_length"):
		t.length = b.integer("output_sequence_length", 1, 1)
	}
	return t, b.err
}

// ngrams reads how many tokens are joined: one to n, or as many as a list says.
func (b *building) ngrams(t *Text) error {
	if !b.c.given("ngrams") {
		return nil
	}
	list, ok := strictjson.Ints(b.c["ngrams"])
	if n, isInt := strictjson.Int(b.c["ngrams"]); isInt && n > 0 && n <= maxNgrams {
		for i := range n {
			list = append(list, i+1)
		}
		ok = true
	}
	for _, n := range list {
		ok = ok && n > 0 && n <= maxNgrams
	}
	if !ok || len(list) > maxNgrams {
		b.fail("ngrams", fmt.Sprintf("a number from 1 to %d, or a list of such", maxNgrams))
	}
	t.ngrams = list
	return b.err
}

// maxNgrams is how many tokens are joined at most.
const maxNgrams = 16

// vocabulary reads the words, of the configuration or those that the file has beside.
func (b *building) vocabulary(t *Text) error {
	var words []string
	text := kerasjson.Unwrapped(b.c["vocabulary"])
	switch {
	case len(text) > 0 && text[0] == '[':
		for _, e := range strictjson.Elements(text) {
			w, ok := strictjson.String(e)
			if !ok {
				return fmt.Errorf("%w: a word of its vocabulary is %.40s; it must be a string", sepconv.ErrConfig, e)
			}
			words = append(words, w)
		}
	case b.l.vocabulary != nil:
		words = strings.Split(strings.TrimRight(string(b.l.vocabulary), "\n"), "\n")
	default:
		return fmt.Errorf("%w: the file has no vocabulary of it; save the model as .keras after adapt, or give the layer a list of words", sepconv.ErrWeights)
	}
	mask, unknown := "", "[UNK]"
	hasMask := !t.isLookup
	if t.isLookup {
		if b.c.given("mask_token") {
			mask, hasMask = b.c.text("mask_token"), true
		}
		if b.c.given("oov_token") {
			unknown = b.c.text("oov_token")
		}
	}
	if hasMask && t.mode == "int" {
		t.words = append(t.words, mask)
	}
	t.unknown = len(t.words)
	t.words = append(t.words, unknown)
	t.first = len(t.words)
	// A list may begin with the special ones, as get_vocabulary has them.
	if len(words) > 0 && hasMask && words[0] == mask {
		words = words[1:]
	}
	if len(words) > 0 && words[0] == unknown {
		words = words[1:]
	}
	t.words = append(t.words, words...)
	t.index = make(map[string]int, len(t.words))
	for i, w := range t.words {
		if _, twice := t.index[w]; twice && i >= t.first {
			return fmt.Errorf("%w: its vocabulary has %.80q twice", sepconv.ErrConfig, w)
		}
		t.index[w] = i
	}
	if t.mode == "tf_idf" {
		return b.frequencies(t, len(words))
	}
	return nil
}

// frequencies reads the weights of words; that of unknown ones is the mean.
func (b *building) frequencies(t *Text, words int) error {
	list, _, err := kerasjson.ParseArray(b.c["idf_weights"])
	if err != nil || len(list) != words {
		return unsupportedf("its idf_weights are not in the configuration, one for each of %d words", words)
	}
	sum := 0.0
	for _, x := range list {
		sum += float64(x)
	}
	t.weights = append([]float32{float32(sum / float64(max(len(list), 1)))}, list...)
	return nil
}

// Vocabulary returns the words by their indices, with what stands for padding and for
// words that are not known, as get_vocabulary of Keras.
func (t *Text) Vocabulary() []string {
	if t == nil {
		return nil
	}
	return slices.Clone(t.words)
}

// Length returns how many numbers there are for a text; -1 if a TextVectorization cuts
// nothing off, and for a StringLookup, which has one for each word.
func (t *Text) Length() int {
	if t == nil {
		return 0
	}
	return t.length
}

// Fill fills dst with the numbers for a text, which is one string for a TextVectorization
// and words for a StringLookup. As indices, dst is filled up with 0, or what does not fit
// is cut off; otherwise it has a number for each word of the vocabulary.
func (t *Text) Fill(dst []float32, text ...string) error {
	if t == nil || t.index == nil {
		return fmt.Errorf("%w: the Text is nil or a zero value; Layer.Text makes one", sepconv.ErrConfig)
	}
	if !t.isLookup && len(text) != 1 {
		return fmt.Errorf("%w: there are %d texts; Fill takes one", sepconv.ErrShape, len(text))
	}
	if t.length >= 0 && len(dst) != t.length {
		return fmt.Errorf("%w: dst has %d elements; the layer gives %d", sepconv.ErrShape, len(dst), t.length)
	}
	if t.isLookup && t.mode == "int" && len(text) != len(dst) {
		return fmt.Errorf("%w: there are %d words for %d indices", sepconv.ErrShape, len(text), len(dst))
	}
	tokens := text
	if !t.isLookup {
		tokens = t.tokens(text[0])
	}
	clear(dst)
	if t.mode == "int" {
		for i, w := range tokens[:min(len(tokens), len(dst))] {
			dst[i] = float32(t.indexOf(w))
		}
		return nil
	}
	for _, w := range tokens {
		if i := t.indexOf(w); t.mode == "multi_hot" {
			dst[i] = 1
		} else {
			dst[i]++
		}
	}
	for i, w := range t.weights {
		dst[i] *= w
	}
	return nil
}

func (t *Text) indexOf(word string) int {
	if i, ok := t.index[word]; ok {
		return i
	}
	return t.unknown
}

// tokens splits a text.
func (t *Text) tokens(text string) []string {
	if t.lower {
		text = strings.Map(lowerASCII, text)
	}
	if t.punctuation {
		text = strings.Map(dropPunctuation, text)
	}
	var list []string
	if t.characters {
		for len(text) > 0 {
			_, n := utf8.DecodeRuneInString(text)
			list = append(list, text[:n])
			text = text[n:]
		}
	} else {
		list = strings.FieldsFunc(text, isSpace)
	}
	if t.ngrams == nil {
		return list
	}
	var joined []string
	for _, n := range t.ngrams {
		for i := 0; i+n <= len(list); i++ {
			joined = append(joined, strings.Join(list[i:i+n], " "))
		}
	}
	return joined
}

// lowerASCII is what TensorFlow makes of letters without an encoding.
func lowerASCII(r rune) rune {
	if 'A' <= r && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}

func dropPunctuation(r rune) rune {
	if strings.ContainsRune("!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'", r) {
		return -1
	}
	return r
}

func isSpace(r rune) bool { return r == ' ' || '\t' <= r && r <= '\r' }
