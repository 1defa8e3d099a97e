package strictjson

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCheck(t *testing.T) {
	for _, text := range []string{
		`{}`, `[]`, ` null `, `{"a":{"a":[1,{"a":2}]},"b":[{},{}]}`, `"{[{["`, `{"\"":1,"{":2}`, `1e400`, `[[[[]]]]`, `"\\"`,
	} {
		require.NoError(t, Check([]byte(text), 4), text)
	}
	for text, want := range map[string]string{
		``:                         "unexpected EOF",
		`{`:                        "unexpected EOF",
		`[1,`:                      "unexpected EOF",
		`{"a":1,"a":2}`:            `key "a" twice`,
		`{"a":1,"\u0061":2}`:       `key "a" twice`,
		`{"x":[{"b":1,"b":1}]}`:    `key "b" twice`,
		`{} {}`:                    "more than one",
		`{}]`:                      "more than one",
		`[[[[[]]]]]`:               "more than 4 deep",
		`{"a":NaN}`:                "invalid JSON",
		`{1:2}`:                    "invalid JSON",
		`[}`:                       "invalid JSON",
		strings.Repeat("[", 1<<20): "more than 4 deep",
	} {
		require.ErrorContains(t, Check([]byte(text), 4), want, "%.40s", text)
	}
}

// Whatever passes is JSON.
func FuzzCheck(f *testing.F) {
	for _, text := range []string{`{"a":[1,2,{"b":null}]}`, `{"a":1,"a":2}`, `[[[]]]`, `"\ud800"`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if Check(text, 20) == nil {
			require.True(t, json.Valid(text), "%q", text)
		}
	})
}
