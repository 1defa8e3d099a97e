package main

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/sepconv/go/bench/internal/models"
	"github.com/sepconv/go/sepconv"
)

// A streamcase is what is pushed again and again: so many frames of each of so many
// signals, to a layer of the suite or to a model.
type streamcase struct {
	id     string
	of     string // id of the layer or of the model
	slots  int    // signals; more than one are those of a Bank
	frames int
	period time.Duration // in which a frame of the model comes; 0 for a layer
}

// streamcases are what -stream measures. MatchboxNet has its features each 10 ms.
var streamcases = []streamcase{
	{"W1", "W1", 1, 1, 0},
	{"W1-64slots", "W1", 64, 1, 0},
	{"C3", "C3", 1, 1, 0},
	{"C3-14", "C3", 1, 14, 0},
	{"C3-14slots", "C3", 14, 1, 0},
	{models.Streamed, models.Streamed, 1, 1, 10 * time.Millisecond},
}

// selectStreams returns the cases whose ids the regular expression matches.
func selectStreams(expression string) ([]streamcase, error) {
	re, err := regexp.Compile(expression)
	if err != nil {
		return nil, fmt.Errorf("-layers: %w", err)
	}
	selected := slices.DeleteFunc(slices.Clone(streamcases), func(c streamcase) bool { return !re.MatchString(c.id) })
	if len(selected) == 0 {
		return nil, fmt.Errorf("-layers is %q; it matches none of the streams, the first of which is %q", expression, streamcases[0].id)
	}
	return selected, nil
}

// layer returns the layer of the suite that a case is of.
func (c *streamcase) layer() (layer, error) {
	layers, err := readSuite("", sepconv.ChannelsLast)
	if err != nil {
		return layer{}, err
	}
	i := slices.IndexFunc(layers, func(l layer) bool { return l.ID == c.of })
	if i < 0 {
		return layer{}, fmt.Errorf("the suite has no layer %q", c.of)
	}
	return layers[i], nil
}

// pushed says what a push has, for tables.
func (c *streamcase) pushed() string {
	if c.slots > 1 {
		return fmt.Sprintf("%s of %d signals", count(c.frames, "frame"), c.slots)
	}
	return count(c.frames, "frame")
}
