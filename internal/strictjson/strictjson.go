// Package strictjson checks JSON of unknown origin before it is decoded. What
// readers of JSON disagree about, and what makes them work without bound, is an
// error: deep nesting, one key twice in an object, anything behind the value.
package strictjson

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Check reports text that is not a single JSON value, nests deeper than depth,
// or has the same key twice in an object.
func Check(text []byte, depth int) error {
	if err := checkDepth(text, depth); err != nil {
		return err
	}
	var value json.RawMessage
	if err := json.Unmarshal(text, &value); err != nil {
		at := int64(len(text))
		if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
			at = syntax.Offset
		}
		return fmt.Errorf("byte %d: invalid JSON: %w", at, err)
	}
	return checkKeys(text)
}

// checkDepth looks at nothing but brackets, so that no decoder meets more of them
// than it may.
func checkDepth(text []byte, most int) error {
	depth, quoted, escaped := 0, false, false
	for i, b := range text {
		switch {
		case escaped:
			escaped = false
		case quoted:
			escaped, quoted = b == '\\', b != '"'
		case b == '"':
			quoted = true
		case b == '{' || b == '[':
			if depth++; depth > most {
				return fmt.Errorf("byte %d: JSON nested more than %d deep", i, most)
			}
		case b == '}' || b == ']':
			depth--
		}
	}
	return nil
}

// checkKeys reports a key that is twice in an object of a JSON value.
func checkKeys(text []byte) error {
	type level struct {
		object bool
		keys   map[string]struct{}
	}
	var levels []level
	keyNext := false
	for s := (scanner{text: text}); s.at < len(text); {
		switch text[s.at] {
		case '{', '[':
			keyNext = text[s.at] == '{'
			levels = append(levels, level{object: keyNext})
		case '}', ']':
			levels, keyNext = levels[:len(levels)-1], false
		case ',':
			keyNext = levels[len(levels)-1].object
		case '"':
			start := s.at
			s.skipString()
			if !keyNext {
				continue
			}
			keyNext = false
			key, top := decoded(text[start:s.at]), &levels[len(levels)-1]
			if _, twice := top.keys[key]; twice {
				return fmt.Errorf("byte %d: key %.80q twice in an object", start, key)
			}
			if top.keys == nil {
				top.keys = map[string]struct{}{}
			}
			top.keys[key] = struct{}{}
			continue
		}
		s.at++
	}
	return nil
}

// decoded returns the string that a JSON string stands for.
func decoded(text []byte) string {
	plain := string(text[1 : len(text)-1])
	if !strings.Contains(plain, `\`) && utf8.ValidString(plain) {
		return plain
	}
	var s string
	_ = json.Unmarshal(text, &s) // which is known to be JSON
	return s
}
