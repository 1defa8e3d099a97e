package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The loops are where the table says, and are loops of multiply-adds: this needs Go
// alone.
func TestLoops(t *testing.T) {
	functions, err := assemble(filepath.Join("..", "..", "internal", "asm", "neon"))
	require.NoError(t, err)
	for _, l := range loops {
		f := functions[l.function]
		require.NotNil(t, f, l.function)
		body, err := f.body(l.label)
		require.NoError(t, err, l.function)
		multiplyAdds := 0
		for _, bits := range body {
			// FMLA of vectors, and by element.
			if bits&0xffe0fc00 == 0x4e20cc00 || bits&0xffc0f400 == 0x4f801000 {
				multiplyAdds++
			}
		}
		require.GreaterOrEqual(t, multiplyAdds, 32, l.function)
		require.Less(t, len(body), 3*multiplyAdds, l.function)
		last := body[len(body)-1]
		require.True(t, last>>24 == 0x54 || last>>26 == 0x05, "%s ends with %#x, which is no branch", l.function, last)
	}
	_, err = functions[loops[0].function].body("nowhere")
	require.ErrorContains(t, err, "no loop nowhere")
}

func TestCheck(t *testing.T) {
	bound := loop{function: "f", least: 0.9, inOrder: 0.8}
	good, slow := row{loop: bound}, row{loop: bound}
	for _, c := range cpus {
		good.shares = append(good.shares, map[bool]float64{false: 0.9, true: 0.7999}[c.inOrder])
		slow.shares = append(slow.shares, map[bool]float64{false: 0.91, true: 0.79}[c.inOrder])
	}
	require.NoError(t, (&table{rows: []row{good}}).check())
	require.ErrorContains(t, (&table{rows: []row{good, slow}}).check(), "f on cortex-a55: 79.0 %, which must be 80 %")
}
