package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"

	"github.com/sepconv/go/internal/suite"
	"github.com/sepconv/go/sepconv"
)

// readSuite reads and checks the layers in a file, or the ones built in.
func readSuite(file string, format sepconv.DataFormat) ([]layer, error) {
	if file == "" {
		return parseSuite("suite.json", suite.JSON, format)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return parseSuite(file, data, format)
}

// parseSuite reads a JSON list of layers. Errors name the file, the layer, the
// field and its value.
func parseSuite(file string, data []byte, format sepconv.DataFormat) ([]layer, error) {
	var list []json.RawMessage
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, fmt.Errorf("%s: it must be a JSON list of layers: %w", file, err)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s: it has no layers", file)
	}
	var layers []layer
	seen := map[string]bool{}
	for i, raw := range list {
		l, err := parseLayer(raw)
		if err == nil {
			err = l.check(format)
		}
		if err == nil && seen[l.ID] {
			err = errors.New("an earlier layer has the same id")
		}
		if err != nil {
			return nil, fmt.Errorf("%s: layer %d, %q: %w", file, i+1, l.ID, err)
		}
		seen[l.ID] = true
		layers = append(layers, l)
	}
	return layers, nil
}

// validID is what can be part of a benchmark's name and is printed as it is.
var validID = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)

// parseLayer reads a JSON object. With an error it returns as much of the layer
// as is known.
func parseLayer(raw json.RawMessage) (l layer, err error) {
	f := fields{}
	if json.Unmarshal(raw, &f.raw) != nil || f.raw == nil {
		return l, fmt.Errorf("it is %s; it must be a JSON object", shortened(raw))
	}
	f.take("id", "a word of letters, digits and ._-", func(raw json.RawMessage) bool {
		return json.Unmarshal(raw, &l.ID) == nil && validID.MatchString(l.ID)
	})
	for _, t := range []struct {
		key   string
		value *string
	}{{"from", &l.From}, {"padding", &l.Padding}, {"activation", &l.Activation}} {
		f.take(t.key, "a string", func(raw json.RawMessage) bool {
			return json.Unmarshal(raw, t.value) == nil && raw[0] == '"'
		})
	}
	for _, n := range []struct {
		key   string
		value *int
	}{
		{"batch", &l.Batch}, {"steps", &l.Steps}, {"channels", &l.Channels}, {"kernel", &l.Kernel}, {"stride", &l.Stride},
		{"dilation", &l.Dilation}, {"multiplier", &l.Multiplier}, {"filters", &l.Filters},
	} {
		f.take(n.key, "an integer of at least 1", func(raw json.RawMessage) bool {
			return json.Unmarshal(raw, n.value) == nil && *n.value >= 1
		})
	}
	return l, f.finish()
}

// fields are the fields of a layer that have not been read yet. The first error
// is kept.
type fields struct {
	raw map[string]json.RawMessage
	err error
}

// take reads a field by a function that reports whether the value is allowed.
func (f *fields) take(key, allowed string, read func(json.RawMessage) bool) {
	raw, found := f.raw[key]
	delete(f.raw, key)
	raw = bytes.TrimSpace(raw)
	switch {
	case f.err != nil:
	case !found:
		f.err = fmt.Errorf("%s is missing; it must be %s", key, allowed)
	case !read(raw):
		f.err = fmt.Errorf("%s is %s; it must be %s", key, shortened(raw), allowed)
	}
}

// finish reports fields that were not taken, unless there was an error before.
func (f *fields) finish() error {
	for _, key := range slices.Sorted(maps.Keys(f.raw)) {
		if f.err == nil {
			f.err = fmt.Errorf("%s is %s; a layer has no such field", strconv.Quote(key), shortened(f.raw[key]))
		}
	}
	return f.err
}

// shortened bounds what an error message repeats of a file.
func shortened(text []byte) []byte {
	const most = 120
	if len(text) <= most {
		return text
	}
	return append(slices.Clone(text[:most]), "..."...)
}
