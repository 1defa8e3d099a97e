//go:build !purego && !noasm

package peak

// By the name of the set. The generator knows the number of chains.
var loops = map[string]loop{"neon": {peakNEON, 24 * 4}}
