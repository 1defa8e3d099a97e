package protocol

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
)

// ReadJob reads the arrays of a layer.
func ReadJob(dir string, l Layer) (*Job, error) {
	job := &Job{Layer: l}
	for _, array := range []struct {
		name string
		data *[]float32
		size int
	}{
		{"depthwise", &job.Depthwise, l.Kernel * l.Columns()},
		{"pointwise", &job.Pointwise, l.Columns() * l.Filters},
		{"bias", &job.Bias, l.Filters},
		{"input", &job.Input, l.Batch * l.Steps * l.Channels},
	} {
		var err error
		if *array.data, err = ReadFloats(dir, array.name, array.size); err != nil {
			return nil, err
		}
	}
	return job, nil
}

// ReadTrainingJob reads the arrays of a layer in training.
func ReadTrainingJob(dir string, l Layer) (*Job, error) {
	job, err := ReadJob(dir, l)
	if err == nil {
		job.DY, err = ReadFloats(dir, "dy", l.Batch*l.OutSteps*l.Filters)
	}
	return job, err
}

// WriteJob writes the arrays of a layer, in training too if there is a DY.
func WriteJob(dir string, job *Job) error {
	for name, data := range map[string][]float32{
		"depthwise": job.Depthwise, "pointwise": job.Pointwise, "bias": job.Bias, "input": job.Input, "dy": job.DY,
	} {
		if data == nil {
			continue
		}
		if err := WriteFloats(dir, name, data); err != nil {
			return err
		}
	}
	return nil
}

// ReadFloats reads an array of a known number of elements.
func ReadFloats(dir, name string, size int) ([]float32, error) {
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return nil, err
	}
	if len(data) != 4*size {
		return nil, fmt.Errorf("%s has %d bytes; %d elements take %d", name, len(data), size, 4*size)
	}
	values := make([]float32, size)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return values, nil
}

// WriteFloats writes an array.
func WriteFloats(dir, name string, values []float32) error {
	data := make([]byte, 0, 4*len(values))
	for _, v := range values {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	return os.WriteFile(filepath.Join(dir, name), data, 0o600)
}
