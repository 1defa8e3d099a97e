package main

import (
	"bufio"
	"fmt"
	"io"

	"github.com/sepconv/go/internal/wav"
)

// wavFile gives a recording: one example, a step a sample and a number a channel.
type wavFile struct {
	recording wav.Recording
	samples   []float32
	given     bool
}

func newWAV(r *bufio.Reader, ports []port, o inputOptions) (examples, error) {
	if len(ports) > 1 || ports[0].Text != nil {
		return nil, fmt.Errorf("it is a recording; %s, is made of text", ports[0])
	}
	most := o.maxBytes / 4 // samples of 8 bits become 32
	data, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > most {
		return nil, errTooLarge("a recording", o.maxBytes)
	}
	recording, err := wav.Decode(data)
	if err != nil {
		return nil, err
	}
	if o.rate != 0 && recording.Rate != o.rate {
		return nil, fmt.Errorf("its rate is %d Hz, and -rate asks for %d: convert it, with ffmpeg -i INPUT -ar %[2]d output.wav", recording.Rate, o.rate)
	}
	if o.mono {
		recording.Samples, recording.Channels = recording.Mono(), 1
	}
	f := &wavFile{recording: recording, samples: recording.Samples}
	if o.pad {
		f.pad(ports[0], most)
	}
	return f, f.check(ports[0])
}

// pad cuts the recording to as many steps as the model takes, or fills it up with zeros. What
// a model's file asks for may be anything.
func (f *wavFile) pad(p port, most int64) {
	n, isOpen := p.fixed()
	if isOpen || int64(n) > most {
		return
	}
	if n <= len(f.samples) {
		f.samples = f.samples[:n]
		return
	}
	f.samples = append(f.samples, make([]float32, n-len(f.samples))...)
}

// check reports a recording that is not what the model takes.
func (f *wavFile) check(p port) error {
	channels := f.recording.Channels
	frames := len(f.samples) / channels
	example := p.example()
	if matches([]int{frames, channels}, example) {
		return nil
	}
	if channels == 1 && (matches([]int{frames}, example) || matches([]int{1, frames}, example)) {
		return nil
	}
	steps, wants := frames, channels
	switch len(example) {
	case 1:
		steps, wants = example[0], 1
	case 2:
		steps, wants = example[0], example[1]
	}
	about := fmt.Sprintf("it is %s; %s", f.about(), p)
	switch {
	case len(example) == 0 || len(example) > 2 || wants == open || wants > max(channels, 2):
		return fmt.Errorf("%s, wants features and not samples: compute them as for training, and give them as .npy", about)
	case wants == 1 && channels > 1:
		return fmt.Errorf("%s, has one channel: -mono gives it their mean", about)
	case wants != channels:
		return fmt.Errorf("%s, has %d channels", about, wants)
	}
	return fmt.Errorf("%s, has %d steps, and there are %d: -pad cuts it or fills it up with zeros", about, steps, frames)
}

func (f *wavFile) count() int { return 1 }

func (f *wavFile) about() string {
	r := f.recording
	frames := len(r.Samples) / r.Channels
	plural := "s"
	if r.Channels == 1 {
		plural = ""
	}
	return fmt.Sprintf("wav, %.2f s at %d Hz, %d channel%s", float64(frames)/float64(r.Rate), r.Rate, r.Channels, plural)
}

func (f *wavFile) next(dst [][]float32) error {
	if f.given {
		return io.EOF
	}
	f.given = true
	dst[0] = append(dst[0], f.samples...)
	return nil
}
