// Package voices holds the recordings to train with, made by make.py: each voice says the
// words of ../../keywords once. They are synthesised by espeak-ng (a program under
// GPL-3.0-or-later); no speech corpus was used.
package voices

import "embed"

// Files are NAME.wav of each voice, and ends.json, which says for each where in it the
// words end.
//
//go:embed *.wav ends.json
var Files embed.FS
