package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
		require.NoError(t, run(&out, kernel, nil))
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
		s, err := decodeWAV(data)
		require.NoError(t, err)
		const rate = 44100
		stereo := make([]float64, 2*rate, 6*rate) // a second of silence
		for _, x := range resample(s.samples, s.rate, rate) {
			stereo = append(stereo, float64(x)*0.5, float64(x)*0.3)
		}
		stereo = append(stereo, make([]float64, rate)...)
		name := filepath.Join(dir, r.File)
		require.NoError(t, os.WriteFile(name, wav(t, formatPCM, 24, rate, 2, stereo), 0o600))
		files = append(files, name)
	}
	var out strings.Builder
	require.NoError(t, run(&out, "", files))
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
	err = run(&out, "", []string{bad, files[0], filepath.Join(dir, "missing.wav")})
	require.ErrorContains(t, err, "2 of 3 files")
	require.ErrorIs(t, run(&out, "mmx", nil), sepconv.ErrKernel)
}

func TestPrepare(t *testing.T) {
	short := prepare([]float32{1, -1, 1}, sampleRate)
	require.Len(t, short, window)
	at := (window - 3) / 2
	require.Zero(t, short[at-1])
	require.Zero(t, short[at+3])
	require.InDelta(t, loudness*math.Sqrt(window/3.), short[at], 1e-4)

	long := make([]float32, 5*sampleRate)
	long[3*sampleRate] = 0.5
	y := prepare(long, sampleRate)
	loud := 0
	for _, x := range y {
		if x != 0 {
			loud++
		}
	}
	require.Equal(t, 1, loud)
	for _, x := range prepare(make([]float32, 100), sampleRate) {
		require.Zero(t, x) // silence stays silence
	}
}

// A tone that both rates can hold keeps its height and phase; one that the lower
// cannot hold disappears.
func TestResample(t *testing.T) {
	tone := func(hertz, rate float64, n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(math.Sin(2 * math.Pi * hertz * float64(i) / rate))
		}
		return x
	}
	for _, rate := range []int{8000, 11025, 22050, 44100, 48000, 96000} {
		got := resample(tone(1000, float64(rate), rate), rate, sampleRate)
		require.InDelta(t, sampleRate, len(got), 1)
		want := tone(1000, sampleRate, len(got))
		for i := 100; i < len(got)-100; i++ {
			require.InDelta(t, want[i], got[i], 0.01, "rate %d, sample %d", rate, i)
		}
	}
	for i, x := range resample(tone(10000, 48000, 48000), 48000, sampleRate)[100:15900] {
		require.InDelta(t, 0, x, 0.01, "sample %d", i)
	}
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
	_, err := loadNetwork(damaged{"model/keywords.keras", []byte("PK\x03\x04")}, "")
	require.ErrorIs(t, err, sepconv.ErrFile)
	_, err = loadNetwork(damaged{"model/words.txt", []byte("yes no")}, "")
	require.ErrorContains(t, err, "12 scores for 2 words")
}
