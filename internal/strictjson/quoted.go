package strictjson

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// unquoted returns what a string stands for, as encoding/json does: what is not
// UTF-8, and half a surrogate pair, is U+FFFD. A string without escapes is a part
// of the text, not a copy. ok is false of what is no string.
func unquoted(text []byte) (s []byte, ok bool) {
	if len(text) < 2 || text[0] != '"' || !json.Valid(text) {
		return nil, false
	}
	text = text[1 : len(text)-1]
	if bytes.IndexByte(text, '\\') < 0 && utf8.Valid(text) {
		return text, true
	}
	out := make([]byte, 0, len(text))
	for len(text) > 0 {
		r, size := rune(text[0]), 1
		switch {
		case r == '\\':
			r, size = escaped(text)
		case r >= utf8.RuneSelf:
			r, size = utf8.DecodeRune(text)
		}
		out, text = utf8.AppendRune(out, r), text[size:]
	}
	return out, true
}

// letters are the escapes of one letter, and what they stand for.
var letters = map[byte]rune{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escaped decodes the escape that a text begins with, and returns its size.
func escaped(text []byte) (r rune, size int) {
	const wide = len(`\u0000`)
	if r, ok := letters[text[1]]; ok {
		return r, 2
	}
	r = unit(text)
	if utf16.IsSurrogate(r) {
		if both := utf16.DecodeRune(r, unit(text[wide:])); both != utf8.RuneError {
			return both, 2 * wide
		}
	}
	return r, wide // AppendRune makes U+FFFD of half a pair
}

// unit returns the UTF-16 code unit of the escape \uXXXX that a text begins with;
// -1 if it begins with none.
func unit(text []byte) rune {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return -1
	}
	n, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	if err != nil {
		return -1
	}
	return rune(n)
}
