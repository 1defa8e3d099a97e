// Keywords recognises spoken words with a network made only of SeparableConv1D
// layers on the raw waveform, trained in Keras (see train/).
//
// Without arguments it recognises the recordings shipped with it, of voices that
// the network never heard in training, and compares what it computes with what
// Keras computed. With arguments it recognises those WAV files.
//
// With -stream the sound comes in chunks of 10 ms, and how long each took is printed. Of
// the recordings the same is computed, to the bit. In a user's files, and in samples on
// standard input (-), words are recognised as they are spoken.
//
//	go run ./examples/keywords [-kernel NAME] [-model FILE.keras] [FILE.wav ...]
//	go run ./examples/keywords [-kernel NAME] [-model FILE.keras] -stream [FILE.wav ...]
//	arecord -t raw -f S16_LE -r 16000 -c 1 | go run ./examples/keywords -stream -
//
// The model may be another of the same words, such as examples/train saves; what Keras
// computed is of the one shipped.
package main

import (
	"embed"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/sepconv/go/examples/internal/sound"
	"github.com/sepconv/go/internal/wav"
	"github.com/sepconv/go/sepconv"
)

//go:embed model/keywords.keras model/words.txt recordings/*.wav recordings/expected.json
var shipped embed.FS

func main() {
	kernel := flag.String("kernel", "", "set of kernels to use: "+strings.Join(sepconv.Kernels(), ", "))
	model := flag.String("model", "", "model to use in place of the one shipped")
	stream := flag.Bool("stream", false, "take the sound in chunks of 10 ms, and tell how long each took")
	flag.Parse()
	if err := run(os.Stdout, *kernel, *model, *stream, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "keywords:", err)
		os.Exit(1)
	}
}

func run(w io.Writer, kernel, model string, stream bool, files []string) error {
	n, err := loadNetwork(shipped, kernel, model)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%d words, kernel %s\n", len(n.words), n.program.Kernel())
	ears := &ears{network: n, stream: stream}
	switch {
	case len(files) == 0:
		err = recogniseShipped(w, ears, model == "")
	case stream:
		err = ears.follow(w, files)
	default:
		err = recogniseFiles(w, ears, files)
	}
	if stream && err == nil {
		_, err = fmt.Fprintln(w, &ears.took)
	}
	return err
}

// ears listen with a network: to a recording at once, or in chunks, noting how long each
// took.
type ears struct {
	*network
	stream bool
	took   latencies
}

func (e *ears) listen(samples []float32) (scores []float32, err error) {
	if e.stream {
		return e.inChunks(samples, &e.took)
	}
	return e.run(samples)
}

// recogniseFiles prints a row for each of the user's files. It goes on after one
// that it cannot read, and reports that at the end.
func recogniseFiles(w io.Writer, n *ears, files []string) error {
	t := newTable(w)
	failed := 0
	for _, file := range files {
		r, err := recognise(n, disk{}, file)
		if err != nil {
			fmt.Fprintf(os.Stderr, "keywords: %s: %v\n", file, err)
			failed++
			continue
		}
		t.row(file, "-", r)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d files could not be read", failed, len(files))
	}
	return nil
}

// expected is what Keras computed for the shipped recordings.
type expected struct {
	Recordings []struct {
		File   string    `json:"file"`
		Word   string    `json:"word"`
		Scores []float64 `json:"scores"`
	} `json:"recordings"`
}

// recogniseShipped prints a row for each shipped recording and the sum of it, compared
// with Keras if the model is the shipped one, too.
func recogniseShipped(w io.Writer, n *ears, compare bool) error {
	const dir = "recordings"
	data, err := shipped.ReadFile(path.Join(dir, "expected.json"))
	if err != nil {
		return err
	}
	var keras expected
	if err := json.Unmarshal(data, &keras); err != nil {
		return fmt.Errorf("expected.json: %w", err)
	}
	t := newTable(w)
	right, largest := 0, 0.0
	for _, e := range keras.Recordings {
		r, err := recognise(n, shipped, path.Join(dir, e.File))
		if err != nil {
			return fmt.Errorf("%s: %w", e.File, err)
		}
		if len(e.Scores) != len(r.scores) {
			return fmt.Errorf("expected.json has %d scores for %s, the network gives %d", len(e.Scores), e.File, len(r.scores))
		}
		for i, s := range e.Scores {
			largest = math.Max(largest, math.Abs(float64(r.scores[i])-s))
		}
		if r.word == e.Word {
			right++
		}
		t.row(e.File, e.Word, r)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w, "recognised %d of %d", right, len(keras.Recordings))
	if compare {
		fmt.Fprintf(w, "; largest difference from Keras %.1e", largest)
	}
	_, err = fmt.Fprintln(w)
	return err
}

// recognition is what the network makes of one recording.
type recognition struct {
	word       string
	confidence float64
	scores     []float32
	took       time.Duration
}

// recognise reads a recording and runs the network on it. The time is the
// network's, without the reading.
func recognise(n *ears, files readFS, name string) (recognition, error) {
	data, err := files.ReadFile(name)
	if err != nil {
		return recognition{}, err
	}
	recording, err := wav.Decode(data)
	if err != nil {
		return recognition{}, err
	}
	samples := sound.Prepare(recording.Mono(), recording.Rate)
	start := time.Now()
	scores, err := n.listen(samples)
	if err != nil {
		return recognition{}, err
	}
	took := time.Since(start)
	best, confidence := softmaxBest(scores)
	return recognition{n.words[best], confidence, scores, took}, nil
}

// table prints recognitions in columns.
type table struct{ *tabwriter.Writer }

func newTable(w io.Writer) table {
	t := table{tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)}
	fmt.Fprintln(t, "file\tspoken\trecognised\tconfidence\ttime")
	return t
}

func (t table) row(file, spoken string, r recognition) {
	mark := ""
	if spoken != "-" && spoken != r.word {
		mark = " (wrong)"
	}
	fmt.Fprintf(t, "%s\t%s\t%s%s\t%.1f %%\t%.1f ms\n", file, spoken, r.word, mark, 100*r.confidence, r.took.Seconds()*1000)
}
