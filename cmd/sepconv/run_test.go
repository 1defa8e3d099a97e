package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sepconv/go/internal/npy"
	"github.com/sepconv/go/internal/wav"
	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

// flatten appends the numbers of nested arrays of JSON.
func flatten(t testing.TB, list []float64, value any) []float64 {
	switch v := value.(type) {
	case []any:
		for _, e := range v {
			list = flatten(t, list, e)
		}
		return list
	case float64:
		return append(list, v)
	case string:
		words := map[string]float64{"NaN": math.NaN(), "Infinity": math.Inf(1), "-Infinity": math.Inf(-1)}
		require.Contains(t, words, v)
		return append(list, words[v])
	}
	require.Fail(t, "no number", "%v", value)
	return nil
}

// Files that NumPy, soundfile and Python wrote, in every way that people give them, and
// what Keras computes of them.
func TestRun(t *testing.T) {
	var all map[string]struct {
		Model   string `json:"model"`
		Outputs []any  `json:"outputs"`
	}
	require.NoError(t, json.Unmarshal([]byte(contents(t, data("expected.json"))), &all))
	require.Len(t, all, 13)
	names := map[string][]string{"two": {"kind", "level"}}
	flags := map[string][]string{"stereo.wav": {"-mono"}, "sensor.npy": {"-input", "sensor=" + data("sensor.npy"), "-input", "place=" + data("place.npy")}}
	for file, want := range all {
		t.Run(file, func(t *testing.T) {
			args := append([]string{"run", data(want.Model + ".keras")}, flags[file]...)
			if want.Model != "two" {
				args = append(args, data(file))
			}
			outputs := names[want.Model]
			if outputs == nil {
				outputs = []string{"scores"}
			}
			printed := succeed(t, "", args...)
			for i, name := range outputs {
				var got []float64
				for _, e := range examplesIn(t, printed) {
					require.Len(t, e.Outputs, len(outputs))
					got = flatten(t, got, e.Outputs[name])
				}
				require.InDeltaSlice(t, flatten(t, nil, want.Outputs[i]), got, 1e-6)
			}
			// Neither threads nor batches nor kernels change a bit.
			for _, more := range [][]string{{"-batch", "1"}, {"-batch", "2", "-threads", "1"}, {"-kernel", "generic"}} {
				require.Equal(t, printed, succeed(t, "", append(args, more...)...), more)
			}
		})
	}
}

// From standard input there is no name.
func TestStandardInput(t *testing.T) {
	array := contents(t, data("signal.npy"))
	printed := succeed(t, array, "run", data("signal.keras"))
	require.Equal(t, `{"example":0,"outputs":{"scores":[`, printed[:34])
	require.Len(t, examplesIn(t, printed), 5)
	require.Equal(t, printed, succeed(t, array, "run", "-input", "0=-", data("signal.keras")))
	named := succeed(t, array, "run", data("signal.keras"), "-")
	require.Equal(t, printed, strings.ReplaceAll(named, `"file":"-",`, ""))
	// Several files are one after the other.
	list := examplesIn(t, succeed(t, "", "run", data("signal.keras"), data("signal.npy"), data("signal.csv")))
	require.Len(t, list, 6)
	require.Equal(t, data("signal.csv"), list[5].File)
	require.Equal(t, list[1].Outputs, list[5].Outputs)
}

func TestTopAndLabels(t *testing.T) {
	labels := filepath.Join(t.TempDir(), "labels.txt")
	require.NoError(t, os.WriteFile(labels, []byte("\ufeffno\r\nyes \"sir\"\n"), 0o600))
	args := []string{"run", data("signal.keras"), data("one_signal.npy")}
	all := flatten(t, nil, examplesIn(t, succeed(t, "", args...))[0].Outputs["scores"])
	require.Less(t, all[0], all[1])
	best := fmt.Sprintf(`{"scores":[{"index":1,"label":"yes \"sir\"","score":%v}]}`, all[1])
	require.Contains(t, succeed(t, "", append(args, "-labels", labels)...), best)
	require.Contains(t, succeed(t, "", append(args, "-labels", labels, "-top", "7")...), fmt.Sprintf(`,{"index":0,"label":"no","score":%v}]}`, all[0]))
	require.Contains(t, succeed(t, "", append(args, "-top", "1")...), fmt.Sprintf(`{"scores":[{"index":1,"score":%v}]}`, all[1]))

	// Labels are of the output that has as many.
	two := succeed(t, "", "run", data("two.keras"), "-input", "sensor="+data("sensor.npy"), "-input", "place="+data("place.npy"), "-labels", labels)
	require.Contains(t, two, `"kind":[{"index":0,"label":"no"`)
	require.Contains(t, two, `"level":[{"index":0,"score"`)
	r := call("", append(args, "-labels", data("window_rows.csv"))...)
	require.Equal(t, exitError, r.code)
	require.Contains(t, r.stderr, `it has 4 labels, one a line; the last axis of the output must be as long: "scores" of shape (None, 2)`)
}

// Equal scores stay in order, and NaN comes last.
func TestRanked(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	s := &jsonSink{o: sinkOptions{top: 9}}
	require.Equal(t, `[{"index":3,"score":"Infinity"},{"index":1,"score":2},{"index":4,"score":2},{"index":0,"score":"NaN"},{"index":2,"score":"NaN"}]`,
		string(s.ranked(nil, []float32{nan, 2, nan, inf, 2})))
}

func TestAppendFloat(t *testing.T) {
	for want, x := range map[string]float32{
		"0.1": 0.1, "-0": float32(math.Copysign(0, -1)), "1e-45": math.SmallestNonzeroFloat32, "3.4028235e+38": math.MaxFloat32, "-9e-07": -9e-7, "16777216": 1 << 24,
		`"NaN"`: float32(math.NaN()), `"Infinity"`: float32(math.Inf(1)), `"-Infinity"`: float32(math.Inf(-1)), "100000000000000000000": 1e20, "1e+21": 1e21, "0.000001": 1e-6,
	} {
		got := string(appendFloat(nil, x))
		require.Equal(t, want, got)
		require.True(t, json.Valid([]byte(got)))
	}
}

// readArray reads what npy and npz hold.
func readArray(t testing.TB, text string) ([]int, []float32) {
	r := strings.NewReader(text)
	h, err := npy.ReadHeader(r)
	require.NoError(t, err)
	return h.Shape, h.DType.Append(nil, []byte(text[len(text)-r.Len():]))
}

func TestOutputArrays(t *testing.T) {
	dir := t.TempDir()
	var want []float64
	for _, e := range examplesIn(t, succeed(t, "", "run", data("signal.keras"), data("signal.npy"))) {
		want = flatten(t, want, e.Outputs["scores"])
	}
	array := succeed(t, "", "run", "-output", "npy", data("signal.keras"), data("signal.npy"))
	shape, values := readArray(t, array)
	require.Equal(t, []int{5, 2}, shape)
	for i, x := range values {
		require.Equal(t, float32(want[i]), x)
	}
	file := filepath.Join(dir, "scores.npy")
	require.Empty(t, succeed(t, "", "run", data("signal.keras"), data("signal.npy"), "-o", file))
	require.Equal(t, array, contents(t, file))

	// An array for each of several outputs.
	inputs := []string{"run", data("two.keras"), "-input", "sensor=" + data("sensor.npy"), "-input", "place=" + data("place.npy")}
	r := call("", append(inputs, "-output", "npy")...)
	require.Equal(t, exitUsage, r.code)
	require.Contains(t, r.stderr, "-output npz has one for each")
	file = filepath.Join(dir, "both.npz")
	succeed(t, "", append(inputs, "-o", file)...)
	members := unzip(t, file)
	require.Len(t, members, 2)
	shape, _ = readArray(t, string(members["level.npy"]))
	require.Equal(t, []int{3, 1}, shape)

	// What is given up leaves nothing.
	file = filepath.Join(dir, "half.json")
	r = call("", "run", data("signal.keras"), data("signal.npy"), data("make.py"), "-o", file)
	require.Equal(t, exitError, r.code)
	require.NoFileExists(t, file)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 2)
}

// Outputs of several shapes are not one array.
func TestOutputOfSeveralShapes(t *testing.T) {
	keywords := filepath.Join("..", "..", "examples", "keywords")
	recordings := []string{filepath.Join(keywords, "recordings", "yes_en-029_boris_05.wav"), filepath.Join(keywords, "recordings", "yes_en-gb-scotland_boris_07.wav")}
	args := append([]string{"run", filepath.Join(keywords, "model", "keywords.keras")}, recordings...)
	r := call("", append(args, "-output", "npy")...)
	require.Equal(t, exitError, r.code)
	require.Contains(t, r.stderr, `output "separable_conv1d_6" of example 1 has shape (64, 12), of those before (59, 12)`)
	list := examplesIn(t, succeed(t, "", append(args, "-labels", filepath.Join(keywords, "model", "words.txt"))...))
	require.Len(t, list[0].Outputs["separable_conv1d_6"], 59)
	require.Len(t, list[1].Outputs["separable_conv1d_6"], 64)
}

// What a caller does wrong, and what is wrong with a file, is told with what to do.
func TestRunErrors(t *testing.T) {
	signal, window, sound, reviews, two := data("signal.keras"), data("window.keras"), data("sound.keras"), data("reviews.keras"), data("two.keras")
	file := func(name string) string { return filepath.Join("..", "..", "internal", "npy", "testdata", name) }
	for _, test := range []struct {
		args  []string
		stdin string
		code  int
		says  string
	}{
		{[]string{}, "", 2, "there is no model"},
		{[]string{signal, "-batch", "0"}, "", 2, "-batch is 0; it must be at least 1"},
		{[]string{signal, "-top", "-1"}, "", 2, "-top is -1; it must be at least 1"},
		{[]string{signal, "-kernel", "sse"}, "", 2, `-kernel is "sse"; on this CPU it may be ` + strings.Join(sepconv.Kernels(), ", ")},
		{[]string{signal, "-threads", "-2"}, "", 2, "-threads is -2"},
		{[]string{signal, "-format", "mp3"}, "", 2, `-format is "mp3"; it may be npy, csv, wav or text`},
		{[]string{signal, "-header", "maybe"}, "", 2, `-header is "maybe"`},
		{[]string{signal, "-comma", "ab"}, "", 2, `-comma is "ab"`},
		{[]string{signal, "-comma", "\""}, "", 2, `-comma is "\""`},
		{[]string{signal, "-output", "xml"}, "", 2, `-output is "xml"; it may be json, npy or npz`},
		{[]string{signal, "-o", "scores.csv"}, "", 2, `-output is "csv"; it may be json, npy or npz`},
		{[]string{signal, "-o", filepath.Join("none", "scores.npy")}, contents(t, data("signal.npy")), 1, "create a file in none: "},
		{[]string{signal, "-output", "npy", "-top", "1"}, "", 2, "-top and -labels need JSON"},
		{[]string{signal, "-input", "x"}, "", 2, `-input is "x"; it must be NAME=FILE`},
		{[]string{signal, "-input", "x=y", "z"}, "", 2, `there are -input and the file "z"`},
		{[]string{signal, "-max-bytes", "much"}, "", 2, "it must be a number of bytes such as"},
		{[]string{signal, "-input", "x=y"}, "", 2, `-input is "x=y"; the model's are -input `},
		{[]string{two, "-input", "sensor=a", "-input", "sensor=b"}, "", 2, "-input sensor is given twice"},
		{[]string{two, "-input", "sensor=a"}, "", 2, `there is no file for input "place", which takes (None, 1); give all, as -input sensor=FILE -input place=FILE`},
		{[]string{two}, "", 2, "the model has 2 inputs: give each a file, as -input sensor=FILE -input place=FILE"},
		{[]string{two, "-input", "sensor=" + data("sensor.npy"), "-input", "place=-"}, "1\n2\n", 1, "standard input has 2 examples and " + data("sensor.npy") + " has more"},
		{[]string{two, "-input", "sensor=" + data("sensor.npy"), "-input", "place=-"}, "1\n2\n3\n4\n", 1, data("sensor.npy") + " has 3 examples and standard input has more"},
		{[]string{two, "-input", "sensor=" + data("sensor.npy"), "-input", "place=" + data("one_signal.npy")}, "", 1, "its shape is (7, 3)"},
		{[]string{two, "-input", "sensor=" + data("sensor.npy"), "-input", "place=-"}, "1\n5\n2\n", 1, "examples 0 to 2 (-batch 1 tells which)"},
		{[]string{two, "-input", "sensor=" + data("sensor.npy"), "-input", "place=-", "-batch", "1"}, "1\n5\n2\n", 1, "example 1: "},
		{[]string{two, "-input", "sensor=" + data("sensor.npy"), "-input", "place=-"}, "16777218\n", 1, "whole numbers may be up to 2^24"},
		{[]string{two, "-input", "sensor=-", "-input", "place=-"}, "", 2, "two inputs are to come from standard input"},
		{[]string{signal}, "[[1, 2, 3]]", 1, "it is JSON: write the array with numpy.save"},
		{[]string{"none.keras"}, "", 1, "none.keras"},
		{[]string{data("make.py")}, "", 1, "it is text, but not the JSON of a model"},
		{[]string{signal, "none.npy"}, "", 1, "none.npy"},
		{[]string{signal, "testdata"}, "", 1, "it is a directory"},
		{[]string{signal}, "", 1, "standard input: it is empty"},
		{[]string{signal, signal}, "", 1, "it is a ZIP archive, such as .npz or .keras"},
		{[]string{signal}, "fLaC....", 1, "a recording in FLAC: convert it, with ffmpeg"},
		{[]string{signal}, "\x01\x00\x00\x00", 1, "none of npy, wav, csv and text"},
		{[]string{signal, file("fortran.npy")}, "", 1, `its shape is (2, 3, 4); input `},
		{[]string{signal, file("complex.npy")}, "", 1, "its type is <c8; in Python write array.astype('float32')"},
		{[]string{signal, file("objects.npy")}, "", 1, "it holds objects of Python"},
		{[]string{signal, file("structured.npy")}, "", 1, "('a', '<f4')"},
		{[]string{signal, file("text_big.npy")}, "", 1, "it holds text, of type >U6; input"},
		{[]string{signal}, contents(t, data("signal.npy"))[:300], 1, "it ends within example 1 of 5: 4 of its 168 bytes are there"},
		{[]string{signal}, contents(t, data("signal.npy")) + "x", 1, "more follows its array"},
		{[]string{signal, "-max-bytes", "1M"}, string(npy.AppendHeader(nil, []int{1, 100000, 3})), 1, "an example of it takes more than the limit of 1048576 bytes; -max-bytes 4G"},
		{[]string{signal, "-max-bytes", "1M"}, strings.NewReplacer("False", "True", "\n", " \n").Replace(string(npy.AppendHeader(nil, []int{100000, 1, 3}))), 1, "an array in Fortran order is read at once, and it takes more than the limit"},
		{[]string{signal, "-max-bytes", "10"}, "", 1, "-max-bytes 4G, say, raises the limit"},
		{[]string{signal}, "1,2\n", 1, "row 1 has 2 columns; input"},
		{[]string{window}, "1,2,3\n", 1, "has a step in a row of 2, or an example in a row of 8"},
		{[]string{window}, "1,2\n3,4\n5,6\n", 1, "it ends after 3 of the 4 rows of example 0"},
		{[]string{window, "-pad"}, "1,2\n", 1, "rows of example 0; -pad fills up recordings alone"},
		{[]string{signal, "-comma", ";"}, "1;2;0,5\n", 1, `line 1: column 3 is "0,5"; decimals stand behind a point`},
		{[]string{signal}, "1,2,3\n1,2\n", 1, "line 2: there are 2 columns; the rows before have 3"},
		{[]string{signal}, "1,2,3\n\n1,,3\n", 1, "line 3: column 2 is empty; it must be a number, or NaN"},
		{[]string{signal}, "1,x,3\n", 1, `line 1: column 2 is "x"; it must be a number (-header=yes leaves the first row out)`},
		{[]string{signal}, "1,2,1e39\n", 1, `line 1: column 3 is "1e39", which is beyond float32`},
		{[]string{signal}, "1,\"2,3\n", 1, `line 1, column`},
		{[]string{signal}, "a,b,c\n", 1, "there are no rows after the header"},
		{[]string{signal}, "# nothing\n\n", 1, "it has no rows"},
		{[]string{window, "-steps", "3"}, "1,2\n", 1, "-steps is 3; input"},
		{[]string{signal, "-max-bytes", "1M"}, strings.Repeat("1,2,3\n", 90000), 1, "example 0 takes more than the limit of 1048576 bytes"},
		{[]string{signal, "-max-bytes", "1M"}, "1,\"" + strings.Repeat("x", 2<<20), 1, "a row takes more than the limit of 1048576 bytes"},
		{[]string{reviews, "-max-bytes", "1M"}, strings.Repeat("x", 2<<20), 1, "line 1 takes more than the limit of 1048576 bytes"},
		{[]string{signal}, string(npy.AppendHeader(nil, []int{1 << 27, 0, 3})), 1, "it has 134217728 examples with nothing in them; such may be 1048576"},
		{[]string{reviews}, strings.Replace(string(npy.AppendHeader(nil, []int{1 << 27})), "<f4", "<U0", 1), 1, "it has 134217728 examples with nothing in them"},
		{[]string{signal, "-max-bytes", "1M"}, strings.Repeat(",", 40000), 1, "a row takes more than the limit of 1048576 bytes"},
		{[]string{reviews, "-max-bytes", "1M"}, strings.Repeat("a ", 10000), 1, "line 1 takes more than the limit of 1048576 bytes"},
		{[]string{reviews, "-max-bytes", "1M", "-format", "csv"}, strings.Repeat("a ", 10000), 1, "line 1: a text of 20001 bytes takes more than the limit of 1048576 bytes"},
		{[]string{signal, "-format", "text"}, "a film\n", 1, "is of numbers, and text has none; a model takes text that begins with a TextVectorization"},
		{[]string{signal, data("sound.wav")}, "", 1, "which takes (None, None, 3), wants features and not samples"},
		{[]string{data("window.keras"), data("stereo.wav")}, "", 1, "has 4 steps, and there are 200: -pad cuts it or fills it up"},
		{[]string{sound, data("stereo.wav")}, "", 1, "it is wav, 0.00 s at 44100 Hz, 2 channels; input"},
		{[]string{sound, data("stereo.wav")}, "", 1, "has one channel: -mono gives it their mean"},
		{[]string{sound, "-rate", "8000", data("sound.wav")}, "", 1, "its rate is 16000 Hz, and -rate asks for 8000: convert it, with ffmpeg -i INPUT -ar 8000"},
		{[]string{reviews, data("sound.wav")}, "", 1, "it is a recording; input"},
		{[]string{reviews, "-format", "csv"}, "a,b\n", 1, "line 1: there are 2 texts; input"},
		{[]string{data("words.keras")}, "rome oslo\n", 1, "line 1: there are 2 words; input"},
		{[]string{sound}, "1\n2\n", 1, "example 0: "}, // too short for the kernel
		{[]string{kerasFile("k3_custom.keras")}, "", 1, `layer "gain" of class "audio>Gain"`},
		{[]string{kerasFile("k3_chain.json")}, "", 1, `"-weights FILE ` + kerasFile("k3_chain.json") + `" gives it the weights of a file`},
		{[]string{kerasFile("k3_chain.weights.h5")}, "", 1, `"-weights ` + kerasFile("k3_chain.weights.h5") + ` model.json" gives them to the model`},
		{[]string{kerasFile("k2_chain.saved_weights.h5")}, "", 1, `saved_weights.h5 model.json" gives them to the model`},
		{[]string{kerasFile("k3_chain.json"), "-weights", signal}, "", 1, `signal.keras: layer "`},
	} {
		r := call(test.stdin, append([]string{"run"}, test.args...)...)
		require.Equal(t, test.code, r.code, "%q: %s", test.args, r.stderr)
		require.Contains(t, r.stderr, test.says, test.args)
		require.NotContains(t, r.stderr, "sepconv: ", test.args)
		require.True(t, strings.HasPrefix(r.stderr, "sepconv run: "), r.stderr)
	}
}

// A model of sound says what it wants if it is given samples and takes features.
func TestFeatures(t *testing.T) {
	p := unzip(t, filepath.Join("..", "..", "sepconv", "keras", "testdata", "models", "keras3-architectures.zip"))
	file := filepath.Join(t.TempDir(), "matchboxnet.keras")
	require.NoError(t, os.WriteFile(file, p["matchboxnet.keras"], 0o600))
	r := call("", "run", file, data("sound.wav"))
	require.Equal(t, exitError, r.code)
	require.Contains(t, r.stderr, "wants features and not samples: compute them as for training")
}

// Text that looks like JSON is text; each of two inputs of text wants a file.
func TestAssignFiles(t *testing.T) {
	require.Len(t, examplesIn(t, succeed(t, "[good] film\n{\n", "run", data("reviews.keras"))), 2)
	ports := textPorts(t, "reviews.keras")
	ports = append(ports, ports[0])
	sets, err := assignFiles(nil, nil, ports, 1)
	require.NoError(t, err)
	require.Equal(t, [][]assignment{{{"-", []int{0, 1}}}}, sets)
	_, err = assignFiles(nil, nil, ports, 2)
	require.ErrorContains(t, err, "the model has 2 inputs: give each a file")
}

// Recordings are cut, and filled up.
func TestPad(t *testing.T) {
	cut := succeed(t, "", "run", "-pad", data("window.keras"), data("stereo.wav"))
	recording, err := wav.Decode([]byte(contents(t, data("stereo.wav"))))
	require.NoError(t, err)
	rows := ""
	for i := range 4 {
		rows += fmt.Sprintf("%v,%v\n", recording.Samples[2*i], recording.Samples[2*i+1])
	}
	named := fmt.Sprintf(`,"file":%q`, data("stereo.wav"))
	require.Equal(t, succeed(t, rows, "run", data("window.keras")), strings.Replace(cut, named, "", 1))

	short := contents(t, data("stereo.wav"))
	short = short[:len(short)-197*8] // three steps of two floats of 32 bits
	lines := strings.SplitAfter(rows, "\n")
	rows = lines[0] + lines[1] + lines[2] + "0,0\n"
	require.Equal(t, succeed(t, rows, "run", data("window.keras")), succeed(t, short, "run", "-pad", data("window.keras")))
}

// A long input keeps little in memory: what has been computed is printed, and forgotten.
func TestStreams(t *testing.T) {
	const n = 50000
	r, w := io.Pipe()
	go func() {
		header := npy.AppendHeader(nil, []int{n, 4, 2})
		_, err := w.Write(header)
		for i := 0; err == nil && i < n; i++ {
			_, err = w.Write(make([]byte, 4*2*4))
		}
		w.CloseWithError(err)
	}()
	got := callWith(context.Background(), r, "run", data("window.keras"), "-max-bytes", "1M")
	require.Zero(t, got.code, got.stderr)
	require.Equal(t, n, strings.Count(got.stdout, "\n"))
}

// What has come is computed, before more does.
func TestDoesNotWait(t *testing.T) {
	in, rows := io.Pipe()
	printed, out := io.Pipe()
	go func() {
		out.CloseWithError(func() error {
			if code := run(&env{context.Background(), in, out, io.Discard}, []string{"run", data("window.keras"), "-batch", "1"}); code != 0 {
				return fmt.Errorf("exit code %d", code)
			}
			return nil
		}())
	}()
	lines := bufio.NewScanner(printed)
	for i := range 5 {
		_, err := fmt.Fprintf(rows, "1,2,3,4,5,6,7,%d\n", i)
		require.NoError(t, err)
		require.True(t, lines.Scan(), lines.Err())
		require.Contains(t, lines.Text(), fmt.Sprintf(`{"example":%d,`, i))
	}
	rows.Close()
	require.False(t, lines.Scan())
	require.NoError(t, lines.Err())
}

// Somebody who waits for input can be interrupted, and so can work.
func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	defer w.Close()
	time.AfterFunc(50*time.Millisecond, cancel)
	file := filepath.Join(t.TempDir(), "scores.json")
	got := callWith(ctx, r, "run", data("window.keras"), "-o", file)
	require.Equal(t, exitError, got.code)
	require.Equal(t, "sepconv run: interrupted\n", got.stderr)
	entries, err := os.ReadDir(filepath.Dir(file))
	require.NoError(t, err)
	require.Empty(t, entries)
}

func TestVerbose(t *testing.T) {
	r := call("", "run", "-v", data("sound.keras"), data("sound.wav"))
	require.Contains(t, r.stderr, ": kernels "+sepconv.Kernels()[0])
	require.Contains(t, r.stderr, data("sound.wav")+": wav, 0.01 s at 16000 Hz, 1 channel\n")
}
