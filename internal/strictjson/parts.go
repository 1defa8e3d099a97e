package strictjson

import (
	"encoding/json"
	"iter"
)

// Member is a member of an object.
type Member struct {
	Key   string
	Value json.RawMessage
}

// Members returns the members of an object in their order. The text must have
// passed Check, alone or inside of another; of anything but an object there are
// none. The values are parts of the text, not copies: a configuration is nested
// deep, and copies of all levels would take many times its size.
func Members(text []byte) (members []Member) {
	for key, value := range eachMember(text) {
		members = append(members, Member{string(key), value})
	}
	return members
}

// eachMember goes through the members of an object and allocates nothing for those
// whose keys have no escapes.
func eachMember(text []byte) iter.Seq2[[]byte, json.RawMessage] {
	return func(yield func([]byte, json.RawMessage) bool) {
		s := scanner{text: text}
		if s.skipSpace(); s.next() != '{' {
			return
		}
		s.at++
		for {
			s.skipSpace()
			switch s.next() {
			case '"':
				key := s.value()
				s.skipSpace()
				if s.next() == ':' {
					s.at++
				}
				value := s.value()
				name, ok := unquoted(key)
				if !ok || len(value) == 0 || !yield(name, value) {
					return
				}
			case ',':
				s.at++
			default:
				return
			}
		}
	}
}

// Elements returns the elements of an array as Members does those of an object.
func Elements(text []byte) (elements []json.RawMessage) {
	for e := range EachElement(text) {
		elements = append(elements, e)
	}
	return elements
}

// EachElement goes through the elements of an array and allocates nothing for them.
func EachElement(text []byte) iter.Seq[json.RawMessage] {
	return func(yield func(json.RawMessage) bool) {
		s := scanner{text: text}
		if s.skipSpace(); s.next() != '[' {
			return
		}
		s.at++
		for {
			s.skipSpace()
			switch s.next() {
			case ']', 0:
				return
			case ',':
				s.at++
			default:
				if value := s.value(); len(value) == 0 || !yield(value) {
					return
				}
			}
		}
	}
}

// scanner finds the ends of values in text that is known to be JSON.
type scanner struct {
	text []byte
	at   int
}

// next returns the next byte, 0 at the end.
func (s *scanner) next() byte {
	if s.at >= len(s.text) {
		return 0
	}
	return s.text[s.at]
}

func (s *scanner) skipSpace() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return
		}
	}
}

// value returns the next value and moves past it.
func (s *scanner) value() []byte {
	s.skipSpace()
	start, depth := s.at, 0
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case '"':
			s.skipString()
			if depth == 0 {
				return s.text[start:s.at]
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 { // the end of what the value is in
				return s.text[start:s.at]
			}
			if depth--; depth == 0 {
				s.at++
				return s.text[start:s.at]
			}
		case ',', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return s.text[start:s.at]
			}
		}
		s.at++
	}
	return s.text[start:min(s.at, len(s.text))]
}

func (s *scanner) skipString() {
	for s.at++; s.at < len(s.text); s.at++ {
		switch s.text[s.at] {
		case '\\':
			s.at++
		case '"':
			s.at++
			return
		}
	}
	s.at = len(s.text)
}
