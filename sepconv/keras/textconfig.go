package keras

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/sepconv/go/internal/freelist"
	"github.com/sepconv/go/internal/strictjson"
	"github.com/sepconv/go/sepconv"
)

// maxDepthOfText is how many indices there may be: float32 tells up to so many.
const maxDepthOfText = 1 << 24

// text reads the configuration.
func (b *building) text() (*Text, error) {
	t := &Text{length: -1, groups: 1, idle: new(freelist.List[tokens])}
	var err error
	switch {
	case b.l.is("Hashing"):
		err = b.hashing(t)
	case b.l.is("StringLookup"):
		err = b.lookup(t)
	default:
		err = b.vectorization(t)
	}
	if err == nil {
		err = b.err
	}
	if err == nil && max(t.depth, t.length) > maxDepthOfText {
		err = fmt.Errorf("%w: it has %d numbers for a text; it may have %d", sepconv.ErrConfig, max(t.depth, t.length), maxDepthOfText)
	}
	if err != nil {
		return nil, err
	}
	return t, nil
}

// outputMode reads how indices are given. "binary" and "tf-idf" are old names.
func (b *building) outputMode(t *Text) {
	t.mode = b.word("output_mode", "int", "one_hot", "multi_hot", "count", "tf_idf", "binary", "tf-idf")
	switch t.mode {
	case "binary":
		t.mode = "multi_hot"
	case "tf-idf":
		t.mode = "tf_idf"
	}
}

// vectorization reads a TextVectorization.
func (b *building) vectorization(t *Text) error {
	t.cut = new(cutter)
	switch standardize, err := b.chosen("standardize", "lower_and_strip_punctuation", "lower", "strip_punctuation"); {
	case err != nil:
		return err
	case standardize == "lower_and_strip_punctuation":
		t.cut.lower, t.cut.punctuation = true, true
	default:
		t.cut.lower, t.cut.punctuation = standardize == "lower", standardize == "strip_punctuation"
	}
	var err error
	if t.cut.split, err = b.chosen("split", "whitespace", "character"); err != nil {
		return err
	}
	if err := b.ngrams(t.cut); err != nil {
		return err
	}
	if strictjson.IsNull(b.c["output_mode"]) && b.c["output_mode"] != nil {
		return unsupportedf("output_mode is null: it gives words, which no layer takes")
	}
	if b.flag("ragged", false) {
		return unsupportedf("ragged is true: its rows are as long as each text, which no tensor here is; make it ragged=False, which fills them up with 0")
	}
	b.outputMode(t)
	if t.mode == "one_hot" && t.cut.split != "" {
		return unsupportedf("output_mode is one_hot of texts that are split: each would have a tensor of another length")
	}
	if t.mode == "int" && b.c.given("output_sequence_length") {
		t.length = b.integer("output_sequence_length", 1, 1)
	}
	return b.vocabulary(t, 1)
}

// chosen returns one of some words, the first if the key is not there, and "" for null.
func (b *building) chosen(key string, allowed ...string) (string, error) {
	switch text := b.c[key]; {
	case text == nil:
		return allowed[0], nil
	case strictjson.IsNull(text):
		return "", nil
	case text[0] == '{':
		name := ""
		for _, of := range []json.RawMessage{text, member(text, "config")} {
			for _, key := range []string{"config", "name", "registered_name"} {
				if s, ok := word(member(of, key)); ok && s != "" && name == "" {
					name = s
				}
			}
		}
		return "", unsupportedf("%s is a function of its own, %.80q: Python code, which nothing here executes; it may be one of %q", key, name, allowed)
	}
	s, ok := word(b.c[key])
	if ok && !slices.Contains(allowed, s) && b.c.given(key) {
		return "", unsupportedf("%s is %.80q, which may be a function of its own: Python code, which nothing here executes; it may be one of %q", key, s, allowed)
	}
	return b.word(key, allowed...), nil
}

// ngrams reads how many tokens are joined: one to n, or as many as a list says.
func (b *building) ngrams(c *cutter) error {
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
	c.ngrams = list
	return b.err
}

// maxNgrams is how many tokens are joined at most.
const maxNgrams = 16

// lookup reads a StringLookup.
func (b *building) lookup(t *Text) error {
	b.outputMode(t)
	t.invert = b.flag("invert", false)
	if t.invert && t.mode != "int" {
		return fmt.Errorf("%w: output_mode is %s; with invert it must be int", sepconv.ErrConfig, t.mode)
	}
	if err := b.salt(t); err != nil {
		return err
	}
	return b.vocabulary(t, b.integer("num_oov_indices", 1, 0))
}

// hashing reads a Hashing: all tokens are unknown, and the mask has a bin of its own if
// there are more than one.
func (b *building) hashing(t *Text) error {
	t.mode = b.word("output_mode", "int", "one_hot", "multi_hot", "count")
	t.depth = b.integer("num_bins", 0, 1)
	t.find.buckets = t.depth
	if b.c.given("mask_value") && t.depth > 1 {
		mask, ok := word(b.c["mask_value"])
		if !ok {
			return fmt.Errorf("%w: mask_value is %.40s; of text it must be a string", sepconv.ErrConfig, b.c["mask_value"])
		}
		t.find.mask, t.find.hasMask = mask, true
		t.find.firstBucket, t.find.buckets = 1, t.depth-1
	}
	return b.salt(t)
}

// salt reads the key of the hash: two integers, or one for both.
func (b *building) salt(t *Text) error {
	if !b.c.given("salt") {
		return nil
	}
	list := strictjson.Elements(b.c["salt"])
	if len(list) == 0 {
		list = []json.RawMessage{b.c["salt"], b.c["salt"]}
	}
	ok := len(list) == 2
	for i := 0; ok && i < 2; i++ {
		key, err := strconv.ParseInt(string(list[i]), 10, 64)
		t.find.salt[i], ok = uint64(key), err == nil
	}
	if !ok {
		b.fail("salt", "an integer, or two")
	}
	t.find.salted = true
	return b.err
}
