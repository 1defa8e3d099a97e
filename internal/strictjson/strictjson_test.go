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
		``:                         "unexpected end",
		`{`:                        "unexpected end",
		`[1,`:                      "unexpected end",
		`{"a":1,"a":2}`:            `key "a" twice`,
		`{"a":1,"\u0061":2}`:       `key "a" twice`,
		`{"x":[{"b":1,"b":1}]}`:    `key "b" twice`,
		`{} {}`:                    "after top-level value",
		`{}]`:                      "after top-level value",
		"{\"\xff\":1,\"\xfe\":2}":  "twice", // both are U+FFFD
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

func TestParts(t *testing.T) {
	members := Members([]byte(` { "a" : [1, {"x":"}"}] ,"\u0062\"":"s\\","c":-1e5 , "d":{},"e":null}`))
	require.Equal(t, []Member{
		{"a", json.RawMessage(`[1, {"x":"}"}]`)}, {`b"`, json.RawMessage(`"s\\"`)}, {"c", json.RawMessage(`-1e5`)},
		{"d", json.RawMessage(`{}`)}, {"e", json.RawMessage(`null`)},
	}, members)
	require.Equal(t, []json.RawMessage{json.RawMessage(`[]`), json.RawMessage(`"]"`), json.RawMessage(`true`)}, Elements([]byte("[ [] ,\n\"]\",true ]")))
	require.Nil(t, Members([]byte(`[]`)))
	require.Nil(t, Members([]byte(`{}`)))
	require.Nil(t, Elements([]byte(`{}`)))
	require.Nil(t, Elements([]byte(`[ ]`)))
}

// The parts are those that encoding/json finds.
func FuzzParts(f *testing.F) {
	f.Add([]byte(`{"a":[1,2,{"b":null}],"c":"\"}"}`))
	f.Add([]byte(`[1, "a,]" ,[[]],{}]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		members, elements := Members(text), Elements(text) // neither panics nor hangs
		if Check(text, 20) != nil {
			return
		}
		var object map[string]json.RawMessage
		if json.Unmarshal(text, &object) != nil {
			object = nil
		}
		require.Len(t, members, len(object))
		for _, m := range members {
			require.Equal(t, string(object[m.Key]), string(m.Value))
		}
		var array []json.RawMessage
		if json.Unmarshal(text, &array) != nil {
			array = nil
		}
		require.Len(t, elements, len(array))
		for i, e := range elements {
			require.Equal(t, string(array[i]), string(e))
		}
	})
}
