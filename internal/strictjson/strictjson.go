// Package strictjson checks JSON of unknown origin before it is decoded. What
// readers of JSON disagree about, and what makes them work without bound, is an
// error: deep nesting, one key twice in an object, anything behind the value.
package strictjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// Check reports text that is not a single JSON value, nests deeper than depth,
// or has the same key twice in an object.
func Check(text []byte, depth int) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := checkDepth(text, depth); err != nil {
		return err
	}
	if err := (&checker{d}).value(); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("there is more than one JSON value; the second begins at byte %d", d.InputOffset())
	}
	return nil
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

type checker struct{ *json.Decoder }

// value checks the next value. It recurs no deeper than checkDepth allows.
func (c *checker) value() error {
	t, err := c.Token()
	if err != nil {
		return c.broken(err)
	}
	switch t {
	case json.Delim('{'):
		return c.object()
	case json.Delim('['):
		for c.More() {
			if err := c.value(); err != nil {
				return err
			}
		}
		_, err := c.Token()
		return c.broken(err)
	}
	return nil
}

func (c *checker) object() error {
	keys := map[string]struct{}{}
	for c.More() {
		t, err := c.Token()
		if err != nil {
			return c.broken(err)
		}
		key, _ := t.(string) // an object's keys are nothing else
		if _, twice := keys[key]; twice {
			return fmt.Errorf("byte %d: key %.80q twice in an object", c.InputOffset(), key)
		}
		keys[key] = struct{}{}
		if err := c.value(); err != nil {
			return err
		}
	}
	_, err := c.Token()
	return c.broken(err)
}

func (c *checker) broken(err error) error {
	if err == nil {
		return nil
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("byte %d: invalid JSON: %w", c.InputOffset(), err)
}
