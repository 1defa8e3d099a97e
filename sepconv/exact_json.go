package sepconv

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/sepconv/go/internal/strictjson"
)

// membersOf returns the members of a JSON object by their exact keys, which encoding/json matches to those of a struct
// regardless of case; nil of anything else. The text has passed checkJSON.
func membersOf(raw json.RawMessage) map[string]json.RawMessage {
	if raw = bytes.TrimSpace(raw); len(raw) == 0 || raw[0] != '{' {
		return nil
	}
	members := map[string]json.RawMessage{}
	for _, m := range strictjson.Members(raw) {
		members[m.Key] = m.Value
	}
	return members
}

// textOf returns the value of a JSON string.
func textOf(raw json.RawMessage) (s string, ok bool) {
	var value *string
	if json.Unmarshal(raw, &value) != nil || value == nil {
		return "", false
	}
	return *value, true
}

// maxDepth bounds how deep configurations are nested; an array in an initializer takes seven levels.
const maxDepth = 128

// checkJSON reports text that is not one JSON value, is nested too deep or has a key twice, of which readers of JSON
// would take one or the other.
func checkJSON(text []byte) error {
	if err := strictjson.Check(text, maxDepth); err != nil {
		return fmt.Errorf("%w: %w", ErrConfig, err)
	}
	return nil
}

// isNull is true of JSON's null.
func isNull(raw json.RawMessage) bool { return string(bytes.TrimSpace(raw)) == "null" }
