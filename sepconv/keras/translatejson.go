package keras

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	flow "github.com/sepconv/go/internal/graph"
	"github.com/sepconv/go/internal/strictjson"
)

// jsonMember writes a member of an object, of which the value is JSON already.
func jsonMember(key, value string) string { return pythonString(key) + ": " + value }

func jsonObject(members ...string) string { return "{" + strings.Join(members, ", ") + "}" }

func jsonList(elements []string) string { return "[" + strings.Join(elements, ", ") + "]" }

// shapeJSON writes a shape with null for what is open.
func shapeJSON(s flow.Shape) string {
	list := make([]string, len(s))
	for i, n := range s {
		if list[i] = "null"; n >= 0 {
			list[i] = fmt.Sprint(n)
		}
	}
	return jsonList(list)
}

// without copies the members of a configuration, except some.
func without(config json.RawMessage, keys ...string) (members []string) {
	for _, m := range strictjson.Members(config) {
		if !slices.Contains(keys, m.Key) {
			members = append(members, jsonMember(m.Key, string(m.Value)))
		}
	}
	return members
}

// trainable returns the flag of that name, which models of Keras 2 need not have.
func trainable(l *Layer) string {
	if configuration(members(l.Config)).flag("trainable", true) {
		return "true"
	}
	return "false"
}
