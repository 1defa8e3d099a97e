package safetensors

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
)

// Write writes tensors as float32, in their order.
func Write(w io.Writer, tensors []Tensor, metadata map[string]string) error {
	header, err := encodeHeader(tensors, metadata)
	if err != nil {
		return err
	}
	if _, err := w.Write(header); err != nil {
		return err
	}
	block := make([]byte, 0, 64<<10)
	for _, t := range tensors {
		for values := t.Values; len(values) > 0; {
			n := min(len(values), cap(block)/4)
			block = block[:0]
			for _, v := range values[:n] {
				block = binary.LittleEndian.AppendUint32(block, math.Float32bits(v))
			}
			if _, err := w.Write(block); err != nil {
				return err
			}
			values = values[n:]
		}
	}
	return nil
}

// field is what the header says of a tensor.
type field struct {
	DType   string   `json:"dtype"`
	Shape   []int    `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"`
}

// encodeHeader returns the length and the header, which is padded with spaces so
// that the data is aligned to eight bytes, as the format recommends.
func encodeHeader(tensors []Tensor, metadata map[string]string) ([]byte, error) {
	fields := make(map[string]any, len(tensors)+1)
	if len(metadata) > 0 {
		fields[metadataKey] = metadata
	}
	end := int64(0)
	for _, t := range tensors {
		if t.Err != nil {
			return nil, fmt.Errorf("tensor %.80q: %w", t.Name, t.Err)
		}
		n, err := elements(t.Shape)
		if err != nil || n != len(t.Values) {
			return nil, fmt.Errorf("tensor %.80q has %d values for shape %v", t.Name, len(t.Values), t.Shape)
		}
		if _, twice := fields[t.Name]; twice || t.Name == metadataKey {
			return nil, fmt.Errorf("tensor name %.80q is taken", t.Name)
		}
		begin := end
		end += 4 * int64(n)
		shape := t.Shape
		if shape == nil {
			shape = []int{}
		}
		fields[t.Name] = field{"F32", shape, [2]int64{begin, end}}
	}
	text, err := json.Marshal(fields)
	if err != nil {
		return nil, err
	}
	for len(text)%8 != 0 {
		text = append(text, ' ')
	}
	return append(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text...), nil
}
