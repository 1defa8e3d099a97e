//go:build !purego && !noasm

package peak

// By the name of the set. The generator knows the number of chains.
var loops = map[string]loop{
	"avx2":   {peakAVX2, 12 * 8},
	"avx512": {peakAVX512, 12 * 16},
}

var reads = map[string]func(src *float32, iterations int){"avx2": readAVX2, "avx512": readAVX512}
