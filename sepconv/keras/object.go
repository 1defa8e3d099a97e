package keras

import (
	"encoding/json"

	"github.com/sepconv/go/internal/strictjson"
)

// object is an object as Keras serializes it: its class and its configuration.
type object struct {
	class, registered, name string
	module                  json.RawMessage // of Python; nil if the notation has none
	config, inbound, built  json.RawMessage
	shared                  string                     // the identity of a layer that is in several places
	fields                  map[string]json.RawMessage // of the configuration
}

// parseObject reads the members that this package knows. ok reports whether there
// is a class.
func parseObject(text json.RawMessage) (o object, ok bool) {
	for _, m := range strictjson.Members(text) {
		switch m.Key {
		case "class_name":
			o.class, ok = word(m.Value)
		case "module":
			o.module = m.Value
		case "registered_name":
			o.registered, _ = word(m.Value)
		case "name":
			o.name, _ = word(m.Value)
		case "config":
			o.config = m.Value
		case "inbound_nodes":
			o.inbound = m.Value
		case "build_config":
			o.built = m.Value
		case "shared_object_id":
			o.shared = string(m.Value)
		}
	}
	o.fields = members(o.config)
	return o, ok && o.class != ""
}

// members returns the members of an object by their keys.
func members(text json.RawMessage) map[string]json.RawMessage {
	fields, _ := strictjson.Object(text)
	return fields
}

// word reads a string.
func word(text json.RawMessage) (s string, ok bool) { return strictjson.String(text) }

// member returns a member of an object; nil if there is none.
func member(text json.RawMessage, key string) json.RawMessage { return strictjson.Field(text, key) }
