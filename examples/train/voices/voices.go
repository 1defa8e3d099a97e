// Package voices holds the recordings to train with, made by make.py: each voice says the
// words of ../../keywords once.
package voices

import "embed"

// Files are NAME.wav of each voice, and ends.json, which says for each where in it the
// words end.
//
//go:embed *.wav ends.json
var Files embed.FS
