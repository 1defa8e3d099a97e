package keras

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/sepconv/go/internal/strictjson"
	"github.com/sepconv/go/sepconv"
)

// pythonJSON writes JSON the way Python's json.dumps does, and so Keras: a space
// after each comma and colon outside of strings, and strings in ASCII.
func pythonJSON(text []byte) ([]byte, error) {
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil {
		return nil, err
	}
	text = compact.Bytes()
	var out []byte
	for i := 0; i < len(text); i++ {
		switch b := text[i]; b {
		case ',', ':':
			out = append(out, b, ' ')
		case '"':
			end := i + 1
			for text[end] != '"' {
				if text[end] == '\\' {
					end++
				}
				end++
			}
			var s string
			if err := json.Unmarshal(text[i:end+1], &s); err != nil {
				return nil, err
			}
			out = appendPythonString(out, s)
			i = end
		default:
			out = append(out, b)
		}
	}
	return out, nil
}

// withoutNaN puts quotes around NaN, Infinity and -Infinity, which Python writes and
// JSON does not have. They occur in configurations of layers such as Masking.
func withoutNaN(text []byte) []byte {
	if !bytes.Contains(text, []byte("NaN")) && !bytes.Contains(text, []byte("Infinity")) {
		return text
	}
	out, quoted := make([]byte, 0, len(text)+64), false
	for i := 0; i < len(text); i++ {
		if !quoted {
			if word := specialNumber(text[i:]); word != "" {
				out = append(append(append(out, '"'), word...), '"')
				i += len(word) - 1
				continue
			}
		}
		if text[i] == '"' {
			quoted = !quoted
		}
		out = append(out, text[i])
		if quoted && text[i] == '\\' && i+1 < len(text) {
			i++
			out = append(out, text[i])
		}
	}
	return out
}

// specialNumber returns the word with which text begins, if it is one.
func specialNumber(text []byte) string {
	for _, word := range []string{"NaN", "Infinity", "-Infinity"} {
		if bytes.HasPrefix(text, []byte(word)) {
			return word
		}
	}
	return ""
}

// checkNumbers reports a configuration with an object of the user's in which there
// may be a number that withoutNaN has made a string of, which must not be written
// as one. Keras' own objects have no such strings.
func checkNumbers(config json.RawMessage) error {
	for _, m := range strictjson.Members(config) {
		if m.Key != "name" && hasSpecialNumber(m.Value) {
			return fmt.Errorf("%w: %s has NaN or Infinity in it, which only the format that it was read from can keep", sepconv.ErrConfig, m.Key)
		}
	}
	return nil
}

// hasSpecialNumber reports whether there is a string that withoutNaN may have made.
func hasSpecialNumber(text json.RawMessage) bool {
	if s, ok := word(text); ok {
		return s != "" && specialNumber([]byte(s)) == s
	}
	for _, m := range strictjson.Members(text) {
		if hasSpecialNumber(m.Value) {
			return true
		}
	}
	return slices.ContainsFunc(strictjson.Elements(text), hasSpecialNumber)
}

// pythonEscapes are the characters for which json.dumps has a letter.
var pythonEscapes = map[rune]string{'"': `\"`, '\\': `\\`, '\n': `\n`, '\r': `\r`, '\t': `\t`, '\f': `\f`, '\b': `\b`}

func appendPythonString(out []byte, s string) []byte {
	out = append(out, '"')
	for _, r := range s {
		switch escape := pythonEscapes[r]; {
		case escape != "":
			out = append(out, escape...)
		case r < 0x20 || r >= utf8.RuneSelf && r < 0x10000: // DEL is as it is
			out = fmt.Appendf(out, `\u%04x`, r)
		case r >= 0x10000:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		default:
			out = append(out, byte(r))
		}
	}
	return append(out, '"')
}

// pythonString is a string as json.dumps writes it.
func pythonString(s string) string { return string(appendPythonString(nil, s)) }
