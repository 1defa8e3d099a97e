package strictjson

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/sepconv/go/internal/budget"
	"github.com/sepconv/go/internal/budget/budgettest"
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
	for _, text := range multiplying(20) {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if Check(text, 20) == nil {
			require.True(t, json.Valid(text), "%q", text)
		}
		const limit = 16 << 10
		budgettest.Bounded(t, "taking apart", limit, func() {
			if CheckWithin(budget.New(limit, ""), text, 100) == nil {
				takeApart(text)
			}
		})
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

func TestValues(t *testing.T) {
	for text, want := range map[string]string{
		`"a"`: "a", ` "\u00e9\n" `: "é\n", `"\ud83d\ude00"`: "😀", `"\ud83d"`: "\ufffd", `"\ud83d\ud83d\ude00"`: "\ufffd😀", `"\ude00x"`: "\ufffdx",
		"\"\xff\"": "\ufffd", `""`: "",
	} {
		s, ok := String([]byte(text))
		require.True(t, ok, text)
		require.Equal(t, want, s, text)
	}
	for _, text := range []string{``, `null`, `5`, `["a"]`, `"a`, `a"`, `"`, `"\"`, `"\q"`, `"\u12"`} {
		_, ok := String([]byte(text))
		require.False(t, ok, text)
	}
	for text, want := range map[string]int{`0`: 0, `-12`: -12, ` 7 `: 7} {
		n, ok := Int([]byte(text))
		require.True(t, ok, text)
		require.Equal(t, want, n, text)
	}
	for _, text := range []string{``, `null`, `1.0`, `1e2`, `"1"`, `+1`, `99999999999999999999`, `true`, `[1]`} {
		_, ok := Int([]byte(text))
		require.False(t, ok, text)
	}
	x, ok := Float([]byte(`-1.5e3`))
	require.True(t, ok)
	require.Equal(t, -1500.0, x)
	for _, text := range []string{``, `null`, `1e400`, `"1"`, `Inf`, `-Inf`, `-0x1p3`, `1_0`, `NaN`} {
		_, ok := Float([]byte(text))
		require.False(t, ok, text)
	}
	list, ok := Ints([]byte(` [1, -2,3] `))
	require.True(t, ok)
	require.Equal(t, []int{1, -2, 3}, list)
	list, ok = Ints([]byte(`[]`))
	require.True(t, ok)
	require.Empty(t, list)
	for _, text := range []string{``, `null`, `1`, `[1.5]`, `[null]`, `[[1]]`, `{"a":1}`} {
		_, ok := Ints([]byte(text))
		require.False(t, ok, text)
	}
	for text, want := range map[string]bool{`true`: true, ` false`: false} {
		value, ok := Bool([]byte(text))
		require.True(t, ok)
		require.Equal(t, want, value)
	}
	_, ok = Bool([]byte(`1`))
	require.False(t, ok)
	require.True(t, IsNull([]byte(" null\n")))
	require.True(t, IsNull(nil))
	require.False(t, IsNull([]byte(`0`)))
}

// Only the exact key counts, where encoding/json takes the last of those that
// differ in case.
func TestExactKeys(t *testing.T) {
	text := []byte(`{"epsilon": 1, "EPSILON": 2, "\u0065psilo\u006e ": 3, "ſ": 4, "s": 5}`)
	require.NoError(t, Check(text, 1))
	require.Equal(t, "1", string(Field(text, "epsilon")))
	require.Equal(t, "5", string(Field(text, "s")))
	require.Nil(t, Field(text, "Epsilon"))
	require.Nil(t, Field([]byte(`["epsilon"]`), "epsilon"))
	fields, ok := Object(text)
	require.True(t, ok)
	require.Len(t, fields, 5)
	require.Equal(t, "3", string(fields["epsilon "]))
	_, ok = Object([]byte(`null`))
	require.False(t, ok)
}

// The parts are those that encoding/json finds.
func FuzzParts(f *testing.F) {
	f.Add([]byte(`{"a":[1,2,{"b":null}],"c":"\"}"}`))
	f.Add([]byte(`[1, "a,]" ,[[]],{}]`))
	for _, text := range []string{`" \ud83d\ude00 \ud83dx \/\b\f\n\r\t\"\\ "`, `true`, ` false `, `-12`, `1e5`, `0.5`, `null`, "\"\xff\""} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		members, elements := Members(text), Elements(text) // neither panics nor hangs
		s, isString := String(text)
		n, isInt := Int(text)
		x, isFloat := Float(text)
		value, isBool := Bool(text)
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
		var any any
		if json.Unmarshal(text, &any) != nil {
			return // a number beyond float64
		}
		switch want := any.(type) {
		case string:
			require.True(t, isString)
			require.Equal(t, want, s)
		case bool:
			require.True(t, isBool)
			require.Equal(t, want, value)
		case float64:
			require.True(t, isFloat)
			require.Equal(t, want, x)
			var integer int
			require.Equal(t, json.Unmarshal(text, &integer) == nil, isInt)
			require.Equal(t, integer, n)
		default:
			require.False(t, isString || isInt || isFloat || isBool)
		}
	})
}
