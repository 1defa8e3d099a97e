package keras_test

import (
	"encoding/binary"
	"encoding/json"
)

// jsonText is a value as JSON.
func jsonText(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// withLength puts the length of a header before a safetensors file.
func withLength(file string, header int) []byte {
	return append(binary.LittleEndian.AppendUint64(nil, uint64(header)), file...)
}
