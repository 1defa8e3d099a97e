package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/sepconv/go/examples/internal/sound"
	"github.com/sepconv/go/internal/wav"
	"github.com/stretchr/testify/require"
)

// All recordings one after the other, with pauses, on standard input and as a file: the
// words are recognised while the sound goes on.
func TestFollow(t *testing.T) {
	var samples []float64
	var want []string
	for i, name := range recordingNames(t) {
		data, err := shipped.ReadFile("recordings/" + name)
		require.NoError(t, err)
		s, err := wav.Decode(data)
		require.NoError(t, err)
		samples = append(samples, make([]float64, 4000+i*37%3000)...)
		for _, x := range sound.Resample(s.Mono(), s.Rate, sound.Rate) {
			samples = append(samples, float64(x))
		}
		want = append(want, name[:strings.IndexByte(name, '_')])
	}
	var raw []byte
	for _, x := range samples {
		raw = binary.LittleEndian.AppendUint16(raw, uint16(int16(x*(1<<15))))
	}
	n, err := loadNetwork(shipped, "", "")
	require.NoError(t, err)
	var out strings.Builder
	ears := &ears{network: n, stream: true}
	require.NoError(t, ears.followSamples(&out, iotest.OneByteReader(bytes.NewReader(raw))))
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, len(want))
	right := 0
	for i, line := range lines {
		if strings.Fields(line)[2] == want[i] {
			right++
		}
	}
	require.GreaterOrEqual(t, 100*right, 95*len(want), "%d of %d", right, len(want))
	require.GreaterOrEqual(t, ears.took.n, len(samples)/chunk)

	name := filepath.Join(t.TempDir(), "words.wav")
	require.NoError(t, os.WriteFile(name, stereo24(sound.Rate, doubled(samples)), 0o600))
	var file strings.Builder
	require.NoError(t, run(&file, "", "", true, []string{name}))
	require.Contains(t, file.String(), lines[0])
	require.Contains(t, file.String(), lines[len(lines)-1])
	require.Contains(t, file.String(), "chunks of 10 ms: median")

	require.ErrorIs(t, run(&file, "", "", true, []string{name + "x"}), os.ErrNotExist)
	broken := errors.New("broken")
	require.ErrorIs(t, ears.followSamples(&out, iotest.ErrReader(broken)), broken)
	quiet := out.Len()
	require.NoError(t, ears.followSamples(&out, bytes.NewReader(make([]byte, 100_000))))
	require.Equal(t, quiet, out.Len(), "there are no words in silence")
}

// doubled returns both channels of a sound of one.
func doubled(samples []float64) []float64 {
	var both []float64
	for _, x := range samples {
		both = append(both, x, x)
	}
	return both
}
