package keras

import (
	"encoding/binary"
	"strings"
	"unicode/utf8"
)

// The models that are messages of Protocol Buffers have no signature. They are told
// by their first fields, which every writer puts in order:
//
//	SavedModel  1: int64 saved_model_schema_version, always 1; 2: MetaGraphDef
//	ONNX        1: int64 ir_version, 3 or later;  2: string producer_name, or a later field
//	Core ML     1: int32 specificationVersion;    2: ModelDescription, a message
//	GraphDef    1: NodeDef, a message whose 1 is the string name
const (
	varintField1 = 1<<3 | 0
	bytesField1  = 1<<3 | 2
	bytesField2  = 2<<3 | 2
)

// isSavedModel recognises the first two fields.
func (s *sample) isSavedModel() bool {
	return len(s.begin) > 2 && s.begin[0] == varintField1 && s.begin[1] == 1 && s.begin[2] == bytesField2
}

// isONNX recognises a version and then the name of the program that wrote it, or
// where that has none, one of the other fields.
func (s *sample) isONNX() bool {
	if len(s.begin) < 4 || s.begin[0] != varintField1 || s.begin[1] < 3 || s.begin[1] > 64 {
		return false
	}
	switch s.begin[2] >> 3 {
	case 2: // producer_name
		name := field(s.begin[3:])
		return s.begin[2] == bytesField2 && (len(name) == 0 || isPrintable(name))
	case 3, 4, 6, 7, 8, 14: // producer_version, domain, doc_string, graph, opset_import, metadata_props
		return s.begin[2]&7 == 2
	case 5: // model_version
		return s.begin[2]&7 == 0
	}
	return false
}

// isCoreML recognises a version and a description that begins with the inputs. In
// version 1 a SavedModel begins alike, and the name decides.
func (s *sample) isCoreML() bool {
	if len(s.begin) < 6 || s.begin[0] != varintField1 || s.begin[1] == 0 || s.begin[1] > 64 || s.begin[2] != bytesField2 {
		return false
	}
	if s.begin[1] == 1 && !strings.HasSuffix(s.name, ".mlmodel") {
		return false
	}
	description := field(s.begin[3:])
	return len(description) > 2 && description[0] == bytesField1 // its inputs
}

// isGraphDef recognises a node, which begins with its name.
func (s *sample) isGraphDef() bool {
	if len(s.begin) < 4 || s.begin[0] != bytesField1 {
		return false
	}
	node := field(s.begin[1:])
	if len(node) < 3 || node[0] != bytesField1 {
		return false
	}
	name := field(node[1:])
	return len(name) > 0 && isPrintable(name) && len(node) > 2+len(name) && node[2+len(name)] == bytesField2
}

// field returns the bytes of a field that begins with its length, as many as there
// are.
func field(b []byte) []byte {
	length, n := binary.Uvarint(b)
	if n <= 0 {
		return nil
	}
	b = b[n:]
	return b[:min(uint64(len(b)), length)]
}

// isPrintable reports whether text has no control characters and nothing that is
// not UTF-8, but for a character that is cut off at its end.
func isPrintable(text []byte) bool {
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		if r == utf8.RuneError && len(text) >= utf8.UTFMax || r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0x7f {
			return false
		}
		text = text[n:]
	}
	return true
}
