// Package recordings holds recordings of spoken words, made by ../train. Their names say
// the word, the accent, the voice and a number: yes_en-029_boris_05.wav.
package recordings

import "embed"

// Files are the recordings.
//
//go:embed *.wav
var Files embed.FS
