//go:build !purego && !noasm

package peak

// By the name of the set. The generator knows the number of chains.
var loops = map[string]loop{"neon": {peakNEON, 24 * 4}}

var reads = map[string]func(src *float32, iterations int){"neon": readNEON}
