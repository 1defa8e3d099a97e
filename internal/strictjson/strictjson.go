// Package strictjson checks JSON of unknown origin before it is decoded. What
// readers of JSON disagree about, and what makes them work without bound, is an
// error: deep nesting, one key twice in an object, anything after the value.
package strictjson

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/sepconv/go/internal/budget"
)

// Check reports text that is not a single JSON value, nests deeper than depth,
// or has the same key twice in an object.
func Check(text []byte, depth int) error { return CheckWithin(nil, text, depth) }

// What a key and an element of an array take once Check, Members and Elements have
// been through all of a text.
const keyCost, elementCost = 192, 64

// CheckWithin is Check for a text that comes from a file with a limit. It spends
// from the budget what taking the text apart will allocate, its strings included.
func CheckWithin(b *budget.Budget, text []byte, depth int) error {
	keys, elements, err := count(text, depth)
	if err != nil {
		return err
	}
	if !b.Take(keys, keyCost) || !b.Take(elements, elementCost) || !b.Take(int64(len(text)), 1) {
		return b.Exceeded(fmt.Sprintf("JSON of %d bytes, %d keys and %d elements", len(text), keys, elements))
	}
	if err := json.Unmarshal(text, new(ignored)); err != nil {
		at := int64(len(text))
		if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
			at = syntax.Offset
		}
		return fmt.Errorf("byte %d: invalid JSON: %w", at, err)
	}
	return checkKeys(text)
}

// ignored is any value, of which nothing is kept.
type ignored struct{}

func (ignored) UnmarshalJSON([]byte) error { return nil }

// count returns how many keys of objects and elements of arrays there are. It looks
// at nothing but punctuation, so that no decoder meets deeper brackets than it may.
func count(text []byte, most int) (keys, elements int64, err error) {
	depth, quoted, escaped := 0, false, false
	for i, b := range text {
		switch {
		case escaped:
			escaped = false
		case quoted:
			escaped, quoted = b == '\\', b != '"'
		case b == '"':
			quoted = true
		case b == ':':
			keys++
		case b == ',':
			elements++
		case b == '{' || b == '[':
			elements++
			if depth++; depth > most {
				return 0, 0, fmt.Errorf("byte %d: JSON nested more than %d deep", i, most)
			}
		case b == '}' || b == ']':
			depth--
		}
	}
	return keys, elements, nil
}

// A key of an object, and where it is.
type key struct {
	at   int
	name []byte
}

// checkKeys reports a key that is twice in an object of a JSON value. The keys of
// an object are sorted once it ends, so that a million of them take no longer than
// their number warrants, and no more memory than their places.
func checkKeys(text []byte) error {
	var keys []key   // of all objects that have not ended
	var starts []int // of the values that have not ended, in keys; -1: an array
	keyNext := false
	for s := (scanner{text: text}); s.at < len(text); {
		switch text[s.at] {
		case '{':
			starts, keyNext = append(starts, len(keys)), true
		case '[':
			starts, keyNext = append(starts, -1), false
		case '}', ']':
			if start := starts[len(starts)-1]; start >= 0 {
				if err := checkTwice(keys[start:]); err != nil {
					return err
				}
				keys = keys[:start]
			}
			starts, keyNext = starts[:len(starts)-1], false
		case ',':
			keyNext = starts[len(starts)-1] >= 0
		case '"':
			start := s.at
			s.skipString()
			if keyNext {
				name, _ := unquoted(text[start:s.at])
				keys, keyNext = append(keys, key{start, name}), false
			}
			continue
		}
		s.at++
	}
	return nil
}

// checkTwice reports the first of the keys that repeats another.
func checkTwice(keys []key) error {
	slices.SortFunc(keys, func(a, b key) int { return cmp.Or(bytes.Compare(a.name, b.name), cmp.Compare(a.at, b.at)) })
	var twice *key
	for i := 1; i < len(keys); i++ {
		if bytes.Equal(keys[i].name, keys[i-1].name) && (twice == nil || keys[i].at < twice.at) {
			twice = &keys[i]
		}
	}
	if twice != nil {
		return fmt.Errorf("byte %d: key %.80q twice in an object", twice.at, twice.name)
	}
	return nil
}
