package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"time"

	"github.com/sepconv/go/examples/internal/sound"
	"github.com/sepconv/go/internal/wav"
)

// A sound without an end is heard half a second late: the network was trained on seconds
// of the same mean power, and so each chunk is made as loud as the second around it tells.
// A word ends when it has been quiet for a while; the scores are the means of the last
// second, as in training. With the shipped recordings one after the other, and pauses of a
// quarter of a second, it finds 93 of 96 words; each recording by itself, 94.
const (
	half        = 50 // chunks that a chunk waits for those after it
	second      = 2 * half
	pause       = 20    // quiet chunks that end a word
	shortest    = 8     // chunks of a word
	silence     = 0.002 // the root mean square of what is quiet, whatever else there is
	quiet       = 0.1   // and of what is, as a share of that of the second around it
	leastLevel  = 0.003 // that is made as loud as a word
	rowsAsecond = 62    // steps of the network's output
)

// follower recognises the words of a sound that goes on.
type follower struct {
	network *network
	ear     *ear
	lately  lately

	sound  [second + 1][chunk]float32 // the second around the chunk that is heard
	energy [second + 1]float64
	heard  int // chunks that have come

	spoken, still int // chunks of the word, and quiet ones since
}

func (n *network) follow() (*follower, error) {
	e, err := n.stream(sound.Window)
	return &follower{network: n, ear: e, lately: lately{words: len(n.words)}}, err
}

// hear takes the next chunk, and returns the word that has ended, or "".
func (f *follower) hear(samples []float32) (word string, confidence float64, err error) {
	now, at := f.heard%len(f.sound), (f.heard+len(f.sound)-half)%len(f.sound)
	f.heard++
	clear(f.sound[now][:])
	copy(f.sound[now][:], samples)
	f.energy[now] = 0
	for _, x := range samples {
		f.energy[now] += float64(x) * float64(x)
	}
	sum := 0.0
	for _, e := range f.energy {
		sum += e
	}
	level := math.Sqrt(sum / float64(len(f.energy)*chunk))
	gain := sound.Loudness / math.Max(level, leastLevel)
	var x [chunk]float32
	for i, v := range f.sound[at] {
		x[i] = float32(float64(v) * gain)
	}
	scores, err := f.ear.push(x[:])
	if err != nil {
		return "", 0, err
	}
	f.lately.add(scores)
	if !f.ended(math.Sqrt(f.energy[at]/chunk), level) {
		return "", 0, nil
	}
	best, confidence := softmaxBest(f.lately.means())
	return f.network.words[best], confidence, nil
}

// ended reports whether a word has, given how loud a chunk is and the second around it.
func (f *follower) ended(chunk, level float64) bool {
	if chunk > math.Max(silence, quiet*level) {
		f.spoken, f.still = f.spoken+1, 0
		return false
	}
	f.still++
	if f.still < pause {
		return false
	}
	ended := f.spoken >= shortest
	f.spoken = 0
	return ended
}

// lately keeps the last second of the scores.
type lately struct {
	words int
	rows  []float32
}

func (l *lately) add(x []float32) {
	l.rows = append(l.rows, x...)
	if over := len(l.rows) - rowsAsecond*l.words; over > 0 {
		l.rows = slices.Delete(l.rows, 0, over)
	}
}

func (l *lately) means() []float32 {
	m := newMeans(l.words)
	m.add(l.rows)
	return m.scores()
}

// follow prints the words of sounds as they are spoken: of WAV files, or of what comes on
// standard input, named "-".
func (e *ears) follow(w io.Writer, names []string) error {
	for _, name := range names {
		var err error
		if name == "-" {
			err = e.followSamples(w, os.Stdin)
		} else {
			err = e.followFile(w, name)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func (e *ears) followFile(w io.Writer, name string) error {
	data, err := disk{}.ReadFile(name)
	if err != nil {
		return err
	}
	recording, err := wav.Decode(data)
	if err != nil {
		return err
	}
	chunks := slices.Chunk(sound.Resample(recording.Mono(), recording.Rate, sound.Rate), chunk)
	return e.followChunks(w, func(yield func([]float32, error) bool) {
		for x := range chunks {
			if !yield(x, nil) {
				return
			}
		}
	})
}

// followSamples follows samples of 16 bits, little-endian, of one channel at 16 kHz.
func (e *ears) followSamples(w io.Writer, r io.Reader) error {
	return e.followChunks(w, func(yield func([]float32, error) bool) {
		bytes, x := make([]byte, 2*chunk), make([]float32, chunk)
		for {
			n, err := io.ReadFull(r, bytes)
			for i := range n / 2 {
				x[i] = float32(int16(binary.LittleEndian.Uint16(bytes[2*i:]))) / (1 << 15)
			}
			last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
			if last {
				err = nil
			}
			if !yield(x[:n/2], err) || last {
				return
			}
		}
	})
}

// followChunks hears a sound and then silence, in which its last word ends.
func (e *ears) followChunks(w io.Writer, chunks func(yield func([]float32, error) bool)) error {
	f, err := e.network.follow()
	if err != nil {
		return err
	}
	hear := func(x []float32) error {
		start := time.Now()
		word, confidence, err := f.hear(x)
		e.took.add(time.Since(start))
		if word != "" {
			_, err = fmt.Fprintf(w, "%7.2f s  %-6s %5.1f %%\n", float64(f.heard)*chunk/sound.Rate, word, 100*confidence)
		}
		return err
	}
	for x, err := range chunks {
		if err != nil {
			return err
		}
		if err := hear(x); err != nil {
			return err
		}
	}
	for range half + pause {
		if err := hear(nil); err != nil {
			return err
		}
	}
	return nil
}
