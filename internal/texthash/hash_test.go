package texthash

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// The buckets of TensorFlow, of random bytes of every length: testdata/make.py.
func TestAsTensorFlow(t *testing.T) {
	const buckets = 1<<63 - 1
	f, err := os.Open("testdata/buckets.json")
	require.NoError(t, err)
	defer f.Close()
	lengths := 0
	for lines := bufio.NewScanner(f); lines.Scan(); lengths++ {
		var c struct {
			Bytes        string
			Key          [2]int64
			Fast, Strong uint64
		}
		require.NoError(t, json.Unmarshal(lines.Bytes(), &c))
		s, err := hex.DecodeString(c.Bytes)
		require.NoError(t, err)
		require.Len(t, s, lengths)
		require.Equal(t, c.Fast, Farm(s)%buckets, "%d bytes", len(s))
		require.Equal(t, c.Strong, Sip(s, [2]uint64{uint64(c.Key[0]), uint64(c.Key[1])})%buckets, "%d bytes", len(s))
	}
	require.Equal(t, 201, lengths)
}
