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

// vocabulary reads the words of a TextVectorization or StringLookup, which has some
// indices for those that are not known.
func (b *building) vocabulary(t *Text, oov int) error {
	given, err := b.givenWords()
	if err != nil {
		return err
	}
	f, hasOOV := &t.find, true
	f.hasMask, f.oovToken = true, "[UNK]"
	if t.cut == nil {
		f.mask, f.hasMask = b.token("mask_token", "")
		f.oovToken, hasOOV = b.token("oov_token", "[UNK]")
	}
	switch {
	case t.invert && !hasOOV:
		return fmt.Errorf("%w: oov_token is null; with invert there must be one", sepconv.ErrConfig)
	case oov > maxDepthOfText:
		return fmt.Errorf("%w: num_oov_indices is %d; it may be %d", sepconv.ErrConfig, oov, maxDepthOfText)
	}
	// The special ones come first: the mask, where indices are given themselves, and those
	// of what is not known.
	f.masked = nowhere
	if f.hasMask && t.mode == "int" {
		f.masked, f.firstBucket = 0, 1
	}
	f.buckets = oov
	first := f.firstBucket + oov
	begins := first <= len(given)
	for i := 0; begins && i < first; i++ {
		if i < f.firstBucket {
			begins = given[i] == f.mask
		} else {
			begins = hasOOV && given[i] == f.oovToken
		}
	}
	t.words = given
	if begins {
		t.words = given[first:]
	}
	if err := f.number(t.words, first, t.invert); err != nil {
		return err
	}
	if err := b.sizes(t, first); err != nil || t.mode != "tf_idf" {
		return err
	}
	return b.frequencies(t, len(given), begins)
}

// token returns a special token; ok is false of null.
func (b *building) token(key, otherwise string) (s string, ok bool) {
	switch text := b.c[key]; {
	case text == nil:
		return otherwise, otherwise != ""
	case strictjson.IsNull(text):
		return "", false
	}
	if s, ok = word(b.c[key]); !ok {
		b.fail(key, "a string")
	}
	return s, ok
}

// attachVocabularies gives layers the words that an archive has beside, in files named
// after the groups of the weights: assets/layers/text_vectorization/vocabulary.txt.
func (m *Model) attachVocabularies() {
	for _, member := range m.members {
		path, isAsset := strings.CutPrefix(member.name, "assets/")
		path, isWords := strings.CutSuffix(path, "/vocabulary.txt")
		if !isAsset || !isWords {
			continue
		}
		if l := layerOfGroups(m.Layers, strings.Split(path, "/")); l != nil {
			l.vocabulary = member.data
		}
	}
}

// layerOfGroups returns the layer that groups in groups are of; nil if there is none.
func layerOfGroups(layers []*Layer, groups []string) *Layer {
	if len(groups) < 2 || groups[0] != "layers" {
		return nil
	}
	counts := map[string]int{}
	for _, l := range layers {
		if numbered(snakeCase(canonical(l.Class)), counts) != groups[1] {
			continue
		}
		rest := groups[2:]
		if len(rest) == 0 || len(rest) == 1 && rest[0] == "_lookup_layer" {
			return l
		}
		return layerOfGroups(l.Layers, rest)
	}
	return nil
}

// givenWords returns the words of the configuration, or those that the file has beside.
func (b *building) givenWords() (words []string, err error) {
	text := kerasjson.Unwrapped(b.c["vocabulary"])
	switch path, isPath := word(text); {
	case isPath:
		return nil, fmt.Errorf("%w: its vocabulary is the file %.80q, which is not opened on the model's word; give the layer a list of words, or save the model as .keras after adapt", sepconv.ErrWeights, path)
	case len(text) > 0 && text[0] == '[':
		for _, e := range strictjson.Elements(text) {
			w, ok := strictjson.String(e)
			if !ok {
				return nil, fmt.Errorf("%w: a word of its vocabulary is %.40s; it must be a string", sepconv.ErrConfig, e)
			}
			words = append(words, strings.TrimRight(w, "\x00")) // which NumPy does not keep
		}
	case b.l.vocabulary != nil:
		words = lines(string(b.l.vocabulary), b.l.keras2)
	}
	if len(words) == 0 {
		return nil, fmt.Errorf("%w: the file has no vocabulary of it; save the model as .keras after adapt, or give the layer a list of words", sepconv.ErrWeights)
	}
	return words, nil
}

// lines returns the lines of a vocabulary's file as Keras reads them: Keras 2 in Python's
// text mode, Keras 3 with splitlines, which ends a line at more characters, and without
// empty lines at the end.
func lines(text string, keras2 bool) []string {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	if keras2 {
		return strings.Split(text, "\n")
	}
	var list []string
	for len(text) > 0 {
		i := strings.IndexAny(text, "\n\v\f\x1c\x1d\x1e\u0085\u2028\u2029")
		if i < 0 {
			list = append(list, text)
			break
		}
		list = append(list, text[:i])
		_, size := utf8.DecodeRuneInString(text[i:])
		text = text[i+size:]
	}
	for len(list) > 0 && list[len(list)-1] == "" {
		list = list[:len(list)-1]
	}
	return list
}

// number gives the words their indices.
func (f *finder) number(words []string, first int, invert bool) error {
	f.index = make(map[string]int, len(words))
	for i, w := range words {
		if _, twice := f.index[w]; twice {
			return fmt.Errorf("%w: its vocabulary has %.80q twice", sepconv.ErrConfig, w)
		}
		if f.hasMask && w == f.mask || invert && w == f.oovToken {
			return fmt.Errorf("%w: its vocabulary has %.80q, which is its mask_token or oov_token, among the words; it may be at the beginning alone", sepconv.ErrConfig, w)
		}
		f.index[w] = first + i
	}
	return nil
}

// sizes reads how many indices there are.
func (b *building) sizes(t *Text, first int) error {
	t.depth = first + len(t.words)
	if !b.c.given("max_tokens") {
		return nil
	}
	most := b.integer("max_tokens", 2, 2)
	if b.err == nil && t.depth > most {
		return fmt.Errorf("%w: its vocabulary has %d words with the special ones; max_tokens is %d", sepconv.ErrConfig, t.depth, most)
	}
	if b.flag("pad_to_max_tokens", false) {
		t.depth = most
	}
	return nil
}

// frequencies reads the weights of words: one for each that was given, of which those of
// the special ones, if they were not, are the mean; or all of them among the weights.
func (b *building) frequencies(t *Text, given int, begins bool) error {
	for _, w := range b.l.Weights {
		if w.Name == "idf_weights" && len(w.Values) == t.depth {
			t.weights = slices.Clone(w.Values)
			return nil
		}
	}
	text := kerasjson.Unwrapped(b.c["idf_weights"])
	list := strictjson.Elements(text)
	if len(list) != given {
		return fmt.Errorf("%w: there are %d idf_weights in the configuration; there must be one for each of %d words", sepconv.ErrWeights, len(list), given)
	}
	sum := 0.0
	t.weights = make([]float32, len(list))
	for i, e := range list {
		x, ok := strictjson.Float(e)
		if !ok {
			return fmt.Errorf("%w: one of its idf_weights is %.40s; it must be a number", sepconv.ErrConfig, e)
		}
		t.weights[i] = float32(x)
		sum += x
	}
	if !begins {
		t.offset, t.mean = t.find.firstBucket+t.find.buckets, float32(sum/float64(len(list)))
	}
	return nil
}
