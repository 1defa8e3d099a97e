package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/sepconv/go/examples/internal/sound"
	"github.com/sepconv/go/examples/keywords/recordings"
	"github.com/sepconv/go/examples/train/voices"
	"github.com/sepconv/go/internal/wav"
)

// words are in the order of ../keywords/model/words.txt: that of the network's scores.
var words = strings.Fields("yes no up down left right on off start stop open close")

// recording is one spoken word.
type recording struct {
	samples []float32 // at sound.Rate
	label   int32     // index of the word
}

// readTraining returns the recordings to train with: 68 voices, each of which says every
// word once.
func readTraining() ([]recording, error) {
	data, err := voices.Files.ReadFile("ends.json")
	if err != nil {
		return nil, err
	}
	var ends map[string][]int
	if err := json.Unmarshal(data, &ends); err != nil {
		return nil, fmt.Errorf("ends.json: %w", err)
	}
	var all []recording
	for _, name := range slices.Sorted(maps.Keys(ends)) {
		samples, err := readWAV(voices.Files, name+".wav")
		if err != nil {
			return nil, err
		}
		start := 0
		for label, end := range ends[name] {
			if label >= len(words) || end < start || end > len(samples) {
				return nil, fmt.Errorf("ends.json: word %d of %s ends at %d", label, name, end)
			}
			all = append(all, recording{samples[start:end], int32(label)})
			start = end
		}
	}
	return all, nil
}

// readValidation returns the recordings of ../keywords, of voices that are not among those
// to train with, as that hears them.
func readValidation() ([]recording, error) {
	names, err := fs.Glob(recordings.Files, "*.wav")
	if err != nil {
		return nil, err
	}
	var all []recording
	for _, name := range names {
		word, _, _ := strings.Cut(name, "_")
		label := slices.Index(words, word)
		if label < 0 {
			return nil, fmt.Errorf("%s: there is no word %q", name, word)
		}
		samples, err := readWAV(recordings.Files, name)
		if err != nil {
			return nil, err
		}
		all = append(all, recording{sound.Prepare(samples, sound.Rate), int32(label)})
	}
	return all, nil
}

// readWAV returns the samples of a file of the rate that the network hears.
func readWAV(files fs.ReadFileFS, name string) ([]float32, error) {
	data, err := files.ReadFile(name)
	if err != nil {
		return nil, err
	}
	r, err := wav.Decode(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if r.Rate != sound.Rate {
		return nil, fmt.Errorf("%s: the rate is %d Hz; it must be %d", name, r.Rate, sound.Rate)
	}
	return r.Mono(), nil
}
