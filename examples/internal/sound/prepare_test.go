package sound

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPrepare(t *testing.T) {
	short := Prepare([]float32{1, -1, 1}, Rate)
	require.Len(t, short, Window)
	at := (Window - 3) / 2
	require.Zero(t, short[at-1])
	require.Zero(t, short[at+3])
	require.InDelta(t, Loudness*math.Sqrt(Window/3.), short[at], 1e-4)

	long := make([]float32, 5*Rate)
	long[3*Rate] = 0.5
	y := Prepare(long, Rate)
	loud := 0
	for _, x := range y {
		if x != 0 {
			loud++
		}
	}
	require.Equal(t, 1, loud)
	for _, x := range Prepare(make([]float32, 100), Rate) {
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
		got := Resample(tone(1000, float64(rate), rate), rate, Rate)
		require.InDelta(t, Rate, len(got), 1)
		want := tone(1000, Rate, len(got))
		for i := 100; i < len(got)-100; i++ {
			require.InDelta(t, want[i], got[i], 0.01, "rate %d, sample %d", rate, i)
		}
	}
	for i, x := range Resample(tone(10000, 48000, 48000), 48000, Rate)[100:15900] {
		require.InDelta(t, 0, x, 0.01, "sample %d", i)
	}
}
