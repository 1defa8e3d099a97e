package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sepconv/go/examples/internal/sound"
	"github.com/sepconv/go/internal/wav"
	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

func recordingNames(t testing.TB) (names []string) {
	entries, err := shipped.ReadDir("recordings")
	require.NoError(t, err)
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".wav") {
			names = append(names, e.Name())
		}
	}
	return names
}

// The main job, with every set of kernels: at least 95 % of the voices that were
// kept out of training, and the scores that Keras gives.
func TestShippedRecordings(t *testing.T) {
	for _, kernel := range sepconv.Kernels() {
		var out strings.Builder
		require.NoError(t, run(&out, kernel, "", false, nil))
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		require.Contains(t, lines[0], "kernel "+kernel)
		var right, all int
		var difference float64
		_, err := fmt.Sscanf(lines[len(lines)-1], "recognised %d of %d; largest difference from Keras %g", &right, &all, &difference)
		require.NoError(t, err)
		require.GreaterOrEqual(t, all, 60)
		require.Len(t, recordingNames(t), all)
		require.GreaterOrEqual(t, 100*right, 95*all)
		require.LessOrEqual(t, difference, 1e-4)
		require.Len(t, lines, all+3, "a row each, two headings and the sum")
	}
}

// A model in a file takes the place of the one shipped.
func TestModel(t *testing.T) {
	var ours, given strings.Builder
	require.NoError(t, run(&ours, "", "", false, nil))
	require.NoError(t, run(&given, "", "model/keywords.keras", false, nil))
	sum := func(s string) string { return s[strings.LastIndex(s, "recognised"):] }
	require.Equal(t, strings.Split(sum(ours.String()), ";")[0]+"\n", sum(given.String()))
	require.ErrorIs(t, run(&ours, "", "model/missing.keras", false, nil), fs.ErrNotExist)
}

// A user's file: stereo, another rate, longer than the network listens, with the
// word in the middle of noise.
func TestUsersFiles(t *testing.T) {
	data, err := shipped.ReadFile("recordings/expected.json")
	require.NoError(t, err)
	var keras expected
	require.NoError(t, json.Unmarshal(data, &keras))
	dir := t.TempDir()
	var files []string
	for _, r := range keras.Recordings[:24] {
		data, err := shipped.ReadFile("recordings/" + r.File)
		require.NoError(t, err)
		s, err := wav.Decode(data)
		require.NoError(t, err)
		const rate = 44100
		stereo := make([]float64, 2*rate, 6*rate) // a second of silence
		for _, x := range sound.Resample(s.Samples, s.Rate, rate) {
			stereo = append(stereo, float64(x)*0.5, float64(x)*0.3)
		}
		stereo = append(stereo, make([]float64, rate)...)
		name := filepath.Join(dir, r.File)
		require.NoError(t, os.WriteFile(name, stereo24(rate, stereo), 0o600))
		files = append(files, name)
	}
	var out strings.Builder
	require.NoError(t, run(&out, "", "", false, files))
	right := 0
	for i, line := range strings.Split(strings.TrimSpace(out.String()), "\n")[2:] {
		fields := strings.Fields(line)
		require.Equal(t, files[i], fields[0])
		if fields[2] == keras.Recordings[i].Word {
			right++
		}
	}
	require.GreaterOrEqual(t, right, 22, out.String())

	bad := filepath.Join(dir, "bad.wav")
	require.NoError(t, os.WriteFile(bad, []byte("not a sound"), 0o600))
	err = run(&out, "", "", false, []string{bad, files[0], filepath.Join(dir, "missing.wav")})
	require.ErrorContains(t, err, "2 of 3 files")
	require.ErrorIs(t, run(&out, "mmx", "", false, nil), sepconv.ErrKernel)
}

// In chunks the network hears what it hears at once, and how long each took is printed.
func TestStream(t *testing.T) {
	words := func(stream bool) (words []string, last string) {
		var out strings.Builder
		require.NoError(t, run(&out, "", "", stream, nil))
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		for _, line := range lines[2:] {
			if fields := strings.Fields(line); strings.HasSuffix(fields[0], ".wav") {
				words = append(words, fields[2])
			}
		}
		return words, lines[len(lines)-1]
	}
	want, _ := words(false)
	got, last := words(true)
	require.Equal(t, want, got)
	require.Regexp(t, `^\d+00 chunks of 10 ms: median \d+ us, 99 % within \d+ us, the longest \d+ us; [\d.]+ % of real time$`, last)
	require.Equal(t, "no chunks", new(latencies).String())
}

// stereo24 writes a WAV file of two channels of 24 bits.
func stereo24(rate uint32, samples []float64) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32([]byte("RIFF"), uint32(36+3*len(samples)))
	b = le.AppendUint32(append(b, "WAVEfmt "...), 16)
	b = le.AppendUint16(b, 1) // PCM
	b = le.AppendUint16(b, 2)
	b = le.AppendUint32(b, rate)
	b = le.AppendUint32(b, 6*rate)
	b = le.AppendUint16(b, 6)
	b = le.AppendUint16(b, 24)
	b = le.AppendUint32(append(b, "data"...), uint32(3*len(samples)))
	for _, x := range samples {
		v := uint32(int32(math.Round(math.Ldexp(x, 23))))
		b = append(b, byte(v), byte(v>>8), byte(v>>16))
	}
	return b
}

// damaged replaces one of the shipped files.
type damaged struct {
	name string
	data []byte
}

func (d damaged) ReadFile(name string) ([]byte, error) {
	if name == d.name {
		return d.data, nil
	}
	return shipped.ReadFile(name)
}

func TestLoadNetworkErrors(t *testing.T) {
	_, err := loadNetwork(damaged{"model/keywords.keras", []byte("PK\x03\x04")}, "", "")
	require.ErrorIs(t, err, sepconv.ErrFile)
	_, err = loadNetwork(damaged{"model/words.txt", []byte("yes no")}, "", "")
	require.ErrorContains(t, err, "12 filters for 2 words")
}
