package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// examples are those of one file, in order.
type examples interface {
	// next appends an example to each of dst, of which there is one for each port that the
	// file fills. After the last example it returns io.EOF.
	next(dst [][]float32) error
	// count returns how many examples there are, -1 if only reading to the end tells.
	count() int
	// about says in a few words what the file holds.
	about() string
}

// inputOptions are how files are read.
type inputOptions struct {
	format   string // "auto" is told by the content
	header   string // of csv: "auto", "yes" or "no"
	comma    string // of csv; "" is told by the first line
	steps    int    // rows of csv in an example, where the model leaves them open; 0 is all
	rate     int    // of recordings; 0 is any
	mono     bool   // means of the channels of recordings
	pad      bool   // recordings are cut or filled up
	maxBytes int64
}

// formats are what a file of input may be.
var formats = map[string]func(r *bufio.Reader, ports []port, o inputOptions) (examples, error){
	"npy":  newNPY,
	"csv":  newCSV,
	"wav":  newWAV,
	"text": newText,
}

// input is an open file of input.
type input struct {
	examples
	name   string
	ports  []int // the inputs of the model that it fills
	values [][]float32
	closer io.Closer
	read   int // examples
}

// openInput opens a file, "-" of standard input, for ports of the model.
func openInput(e *env, name string, all []port, ports []int, o inputOptions) (*input, error) {
	in := &input{name: name, ports: ports, values: make([][]float32, len(ports))}
	r, err := in.open(e)
	if err != nil {
		return nil, err
	}
	own := make([]port, len(ports))
	for i, p := range ports {
		own[i] = all[p]
	}
	buffered := bufio.NewReaderSize(r, 1<<16)
	format := o.format
	if format == "auto" {
		format, err = sniff(buffered, own, in.name)
	}
	if err == nil {
		in.examples, err = formats[format](buffered, own, o)
	}
	if err != nil {
		in.close()
		return nil, in.errorf(err)
	}
	return in, nil
}

// open opens the file. A pipe and a terminal can be waited for, and interrupted.
func (in *input) open(e *env) (io.Reader, error) {
	if in.name == "-" {
		if isTerminal(e.stdin) {
			fmt.Fprintln(e.stderr, "sepconv: the input is read from the terminal; Ctrl-D ends it")
		}
		return interruptible(e.ctx, e.stdin), nil
	}
	r, closer, err := openFile(e.ctx, in.name)
	in.closer = closer
	return r, err
}

func (in *input) close() {
	if in.closer != nil {
		in.closer.Close()
	}
}

// shown is the name in messages.
func (in *input) shown() string {
	if in.name == "-" {
		return "standard input"
	}
	return in.name
}

func (in *input) errorf(err error) error { return fmt.Errorf("%s: %w", in.shown(), err) }

// take appends the next example to the values. After the last one it returns io.EOF.
func (in *input) take() error {
	err := in.next(in.values)
	switch {
	case err == io.EOF:
		return err
	case err != nil:
		return in.errorf(err)
	}
	in.read++
	return nil
}

// sniff tells the format by the content; text from csv by what the ports take, and where
// they take text by the name.
func sniff(r *bufio.Reader, ports []port, name string) (string, error) {
	begin, err := peek(r)
	if len(begin) == 0 {
		if err == io.EOF {
			return "", errors.New("it is empty")
		}
		return "", err
	}
	has := func(prefix string) bool { return strings.HasPrefix(string(begin), prefix) }
	switch {
	case has("\x93NUMPY"):
		return "npy", nil
	case has("RIFF") && len(begin) >= 12 && string(begin[8:12]) == "WAVE":
		return "wav", nil
	}
	for _, f := range foreign {
		if has(f.prefix) {
			return "", fmt.Errorf("it is %s: %s", f.what, f.instead)
		}
	}
	if strings.ContainsRune(string(begin[:min(len(begin), 512)]), 0) {
		return "", fmt.Errorf("it begins with %.16q and is none of npy, wav, csv and text; in Python, numpy.save('input.npy', array) writes an array", begin)
	}
	if ports[0].Text == nil && (has("{") || has("[")) {
		return "", errors.New("it is JSON: write the array with numpy.save, or a row a step as csv")
	}
	if ports[0].Text != nil && !strings.HasSuffix(strings.ToLower(name), ".csv") {
		return "text", nil
	}
	return "csv", nil
}

const toWAV = "convert it, with ffmpeg -i INPUT output.wav"

// foreign is what people give for an input, and what to do instead.
var foreign = []struct{ prefix, what, instead string }{
	{"PK\x03\x04", "a ZIP archive, such as .npz or .keras", "of an .npz, write each array with numpy.save and give each input its file, as -input NAME=FILE; a model comes first"},
	{"\x89HDF", "an HDF5 file", "read it with h5py and write the array with numpy.save; a model comes first"},
	{"\x1f\x8b", "compressed with gzip", "give what gzip -dc prints"},
	{"\x28\xb5\x2f\xfd", "compressed with zstd", "give what zstd -dc prints"},
	{"fLaC", "a recording in FLAC", toWAV},
	{"OggS", "a recording in Ogg", toWAV},
	{"ID3", "a recording in MP3", toWAV},
	{"\xff\xfb", "a recording in MP3", toWAV},
	{"FORM", "a recording in AIFF", toWAV},
	{"RF64", "a recording in RF64", toWAV},
	{"RIFX", "a big-endian WAV file", toWAV},
	{"\x89PNG", "a picture", "the models that run here take numbers, sound and text"},
	{"\xff\xd8\xff", "a picture", "the models that run here take numbers, sound and text"},
	{"\x80\x04", "a pickle of Python", "it is a program, which is not run; in Python write the array with numpy.save"},
	{"\xff\xfe", "text in UTF-16", "save it as UTF-8"},
	{"\xfe\xff", "text in UTF-16", "save it as UTF-8"},
}
