package strictjson

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// The functions below read one value of a text that has passed Check. ok is false
// of a value of another type, null included, and of no value at all.

// String returns the string that a text is.
func String(text []byte) (s string, ok bool) {
	b, ok := unquoted(bytes.TrimSpace(text))
	return string(b), ok
}

// Bool returns the boolean that a text is.
func Bool(text []byte) (value, ok bool) {
	switch string(bytes.TrimSpace(text)) {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	return false, false
}

// Int returns the integer that a text is: digits, without fraction and exponent.
func Int(text []byte) (n int, ok bool) {
	text = bytes.TrimSpace(text)
	if !isNumber(text) {
		return 0, false
	}
	n, err := strconv.Atoi(string(text))
	if err != nil {
		return 0, false
	}
	return n, true
}

// Float returns the number that a text is; ok is false of one beyond float64.
func Float(text []byte) (x float64, ok bool) {
	text = bytes.TrimSpace(text)
	if !isNumber(text) {
		return 0, false
	}
	x, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return 0, false
	}
	return x, true
}

// isNumber reports whether a value is a number, which strconv would also read in
// ways that JSON does not have.
func isNumber(text []byte) bool {
	return len(text) > 0 && (text[0] == '-' || '0' <= text[0] && text[0] <= '9') && json.Valid(text)
}

// Ints returns the array of integers that a text is.
func Ints(text []byte) (list []int, ok bool) {
	text = bytes.TrimSpace(text)
	if len(text) == 0 || text[0] != '[' {
		return nil, false
	}
	elements := Elements(text)
	list = make([]int, len(elements))
	for i, e := range elements {
		if list[i], ok = Int(e); !ok {
			return nil, false
		}
	}
	return list, true
}

// Object returns the members of the object that a text is, by their keys.
func Object(text []byte) (fields map[string]json.RawMessage, ok bool) {
	text = bytes.TrimSpace(text)
	if len(text) == 0 || text[0] != '{' {
		return nil, false
	}
	fields = map[string]json.RawMessage{}
	for key, value := range eachMember(text) {
		fields[string(key)] = value
	}
	return fields, true
}

// Field returns the value of an object's member; nil if there is none, or the text
// is no object.
func Field(object []byte, key string) json.RawMessage {
	for k, value := range eachMember(object) {
		if string(k) == key {
			return value
		}
	}
	return nil
}

// IsNull reports whether a text is null, or there is none.
func IsNull(text []byte) bool {
	text = bytes.TrimSpace(text)
	return len(text) == 0 || string(text) == "null"
}
