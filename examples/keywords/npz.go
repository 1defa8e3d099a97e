package main

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"regexp"
	"strings"
)

// readNPZ returns the float32 arrays of an archive that numpy.savez wrote, by
// name, row-major. The format is that of numpy.lib.format: a magic word, the
// length of a header, a Python dictionary as header, then the values.
func readNPZ(data []byte) (map[string][]float32, error) {
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	arrays := make(map[string][]float32)
	for _, member := range archive.File {
		f, err := member.Open()
		if err != nil {
			return nil, err
		}
		values, err := readNPY(f)
		f.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", member.Name, err)
		}
		arrays[strings.TrimSuffix(member.Name, ".npy")] = values
	}
	return arrays, nil
}

var littleEndianFloat32 = regexp.MustCompile(`'descr': '<f4', 'fortran_order': False`)

func readNPY(r io.Reader) ([]float32, error) {
	var prefix [10]byte
	if _, err := io.ReadFull(r, prefix[:]); err != nil {
		return nil, err
	}
	if string(prefix[:8]) != "\x93NUMPY\x01\x00" {
		return nil, fmt.Errorf("begins with %q; it must be the .npy format, version 1.0", prefix[:8])
	}
	header := make([]byte, binary.LittleEndian.Uint16(prefix[8:]))
	if _, err := io.ReadFull(r, header); err != nil {
		return nil, err
	}
	if !littleEndianFloat32.Match(header) {
		return nil, fmt.Errorf("header is %q; the values must be row-major little-endian float32", header)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	values := make([]float32, len(data)/4)
	for i := range values {
		values[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return values, nil
}
