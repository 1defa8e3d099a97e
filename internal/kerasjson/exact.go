package kerasjson

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/sepconv/go/internal/fault"
	"github.com/sepconv/go/internal/strictjson"
)

// Members returns the members of a JSON object by their exact keys, which
// encoding/json matches to those of a struct regardless of case; nil of
// anything else. The text has passed Check.
func Members(raw json.RawMessage) map[string]json.RawMessage {
	if raw = bytes.TrimSpace(raw); len(raw) == 0 || raw[0] != '{' {
		return nil
	}
	members := map[string]json.RawMessage{}
	for _, m := range strictjson.Members(raw) {
		members[m.Key] = m.Value
	}
	return members
}

// Text returns the value of a JSON string.
func Text(raw json.RawMessage) (s string, ok bool) {
	var value *string
	if json.Unmarshal(raw, &value) != nil || value == nil {
		return "", false
	}
	return *value, true
}

// MaxDepth bounds how deep configurations are nested; an array in an
// initializer takes seven levels.
const MaxDepth = 128

// Check reports text that is not one JSON value, is nested too deep or has a
// key twice, of which readers of JSON would take one or the other.
func Check(text []byte) error {
	if err := strictjson.Check(text, MaxDepth); err != nil {
		return fmt.Errorf("%w: %w", fault.ErrConfig, err)
	}
	return nil
}

// IsNull is true of JSON's null.
func IsNull(raw json.RawMessage) bool { return string(bytes.TrimSpace(raw)) == "null" }

// CheckValue is Check of a text that may be empty, which is null.
func CheckValue(text []byte) error {
	if len(bytes.TrimSpace(text)) == 0 {
		return nil
	}
	return Check(text)
}
