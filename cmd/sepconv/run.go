package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sepconv/go/internal/atomicfile"
)

const runHelp = `sepconv run [flags] MODEL [FILE...]

Runs a model, any file that Keras saves it in, and prints what it computes. The input
comes from standard input or from FILEs, whose examples follow one another.

	sepconv run model.keras < input.npy
	sepconv run -labels words.txt -top 3 model.keras *.wav
	sepconv run model.keras -o scores.npy sensors.csv
	sepconv run -input text=a.txt -input features=b.csv model.keras
	echo "what a film" | sepconv run reviews.keras
	sepconv run -weights model.weights.h5 model.json < input.npy

Input, told by its content:

  npy   an array of numbers in any type and order: (examples,) and the model's shape, or
        one example. An array of text, of type U or S, for a model that takes text.
  csv   a row is a step and has a number for each channel; all rows are one example, or
        as many as the model's steps. A row of as many numbers as a whole example has is
        an example. A first row in which nothing is a number is a header; empty rows and
        those with # are left out. The separator is a comma, semicolon, tab or space.
  wav   PCM of 8, 16, 24 or 32 bits, or floats: a step is a sample, in [-1, 1).
  text  a line is an example, for a model that begins with a TextVectorization, or with
        a StringLookup, whose words stand in a line. In a .csv, or with -format csv, a
        text is a field in quotes or without, and each word of a StringLookup is one.

Output: a line of JSON for each example, in order, with what each output of the model
is, by the name of its layer:

	{"example":0,"file":"a.wav","outputs":{"dense":[0.25,0.75]}}

"file" is there if FILEs are given. Numbers are the shortest that are the same float32;
what JSON does not have is "NaN", "Infinity" or "-Infinity". With -top or -labels the
last axis becomes a list of the largest:

	{"example":0,"outputs":{"dense":[{"index":1,"label":"yes","score":0.75}]}}

The same input gives the same bits on every CPU, with any -threads and -batch. Examples
of different lengths are computed one after the other, never padded.

Flags:

  -input NAME=FILE   the file of an input of the model, by the name of its layer; for
                     each, if the model has several
  -format FORMAT     npy, csv, wav or text, whatever the content looks like
  -header yes|no     whether the first row of csv is a header
  -comma C           the separator of csv; "tab" is a tab
  -steps N           rows of csv in an example, where the model takes any number
  -rate N            refuse recordings of another sample rate
  -mono              give the model the mean of a recording's channels
  -pad               cut recordings to the model's steps, or fill them up with zeros
  -top N             print the N largest of the last axis, the best first
  -labels FILE       names of the last axis, one a line; without -top the best alone
  -output FORMAT     json, npy (one array of float32), or npz (an array for each output);
                     otherwise the ending of -o says it
  -o FILE            write there, whole or not at all
  -batch N           examples that are computed at once at most; 32. With 1 each is printed
                     as soon as it has come
  -threads N         goroutines that compute; as many as processors
  -kernel NAME       the set of kernels ("sepconv version" lists them)
  -weights FILE      weights of a model that is a JSON; again for each of several pieces
  -max-bytes N       what the model, an example, a run and kept output may each take;
                     1G
  -v                 tell on standard error what was read and how
  -progress          show progress, even if standard error is no terminal
`

// runFlags are the flags of run.
type runFlags struct {
	modelFlags
	inputOptions
	inputs   list
	top      int
	labels   string
	output   string
	to       string
	batch    int
	verbose  bool
	progress bool
}

func parseRun(args []string) (*runFlags, []string, error) {
	r := &runFlags{}
	f := newFlags("run")
	r.add(f)
	r.addCompile(f)
	f.Var(&r.inputs, "input", "")
	f.StringVar(&r.format, "format", "auto", "")
	f.StringVar(&r.header, "header", "auto", "")
	f.StringVar(&r.comma, "comma", "", "")
	f.IntVar(&r.inputOptions.steps, "steps", 0, "")
	f.IntVar(&r.rate, "rate", 0, "")
	f.BoolVar(&r.mono, "mono", false, "")
	f.BoolVar(&r.pad, "pad", false, "")
	f.IntVar(&r.top, "top", 0, "")
	f.StringVar(&r.labels, "labels", "", "")
	f.StringVar(&r.output, "output", "", "")
	f.StringVar(&r.to, "o", "", "")
	f.IntVar(&r.batch, "batch", 32, "")
	f.BoolVar(&r.verbose, "v", false, "")
	f.BoolVar(&r.progress, "progress", false, "")
	rest, err := parse(f, args)
	if err == nil {
		err = r.check(rest)
	}
	if err != nil {
		return nil, nil, err
	}
	r.inputOptions.maxBytes = int64(r.modelFlags.maxBytes)
	return r, rest, nil
}

// check reports flags that nothing can be done with, and fills in what the others say.
func (r *runFlags) check(rest []string) error {
	if len(rest) == 0 {
		return wrongUse("there is no model: give the file that Keras saved")
	}
	if _, ok := formats[r.format]; !ok && r.format != "auto" {
		return wrongUse("-format is %q; it may be npy, csv, wav or text", r.format)
	}
	if !slices.Contains([]string{"auto", "yes", "no"}, r.header) {
		return wrongUse("-header is %q; it may be yes or no", r.header)
	}
	if r.comma == "tab" {
		r.comma = "\t"
	}
	if c, n := utf8.DecodeRuneInString(r.comma); r.comma != "" && (n < len(r.comma) || c == utf8.RuneError || strings.ContainsRune("\"\r\n#", c)) {
		return wrongUse("-comma is %q; it must be one character, such as ; or \"tab\"", r.comma)
	}
	for _, n := range []struct {
		name  string
		value int
		least int
	}{{"steps", r.inputOptions.steps, 0}, {"rate", r.rate, 0}, {"top", r.top, 0}, {"batch", r.batch, 1}} {
		if n.value < n.least {
			return wrongUse("-%s is %d; it must be at least %d", n.name, n.value, max(n.least, 1))
		}
	}
	for _, in := range r.inputs {
		if name, file, ok := strings.Cut(in, "="); !ok || name == "" || file == "" {
			return wrongUse("-input is %q; it must be NAME=FILE", in)
		}
	}
	if len(r.inputs) > 0 && len(rest) > 1 {
		return wrongUse("there are -input and the file %q; give all files by one way", rest[1])
	}
	if r.labels != "" && r.top == 0 {
		r.top = 1
	}
	if r.output == "" {
		r.output = outputOf(r.to)
	}
	if _, ok := sinks[r.output]; !ok {
		return wrongUse("-output is %q; it may be json, npy or npz", r.output)
	}
	if r.top > 0 && r.output != "json" {
		return wrongUse("-top and -labels need JSON; %s has numbers alone", r.output)
	}
	return r.modelFlags.check()
}

func runCommand(e *env, args []string) (err error) {
	r, rest, err := parseRun(args)
	if err != nil {
		return err
	}
	var p *progress
	if r.progress || isTerminal(e.stderr) && (r.to != "" || !isTerminal(e.stdout)) {
		p = newProgress(e.stderr, "reading "+rest[0])
		defer p.end()
	}
	model, err := r.open(rest[0])
	if err != nil {
		return err
	}
	p.stage("compiling", 0)
	program, err := r.compile(model)
	if err != nil {
		return fmt.Errorf("%s: %w\n\"sepconv summary %[1]s\" lists its layers%[3]s", rest[0], err, r.hint(rest[0], model, err))
	}
	if r.verbose {
		fmt.Fprintf(e.stderr, "%s: kernels %s\n", rest[0], program.Kernel())
	}
	labels, err := readLabels(e.ctx, r.labels, program)
	if err != nil {
		return err
	}
	c := &computation{e: e, flags: r, program: program, ports: portsOf(model, program), progress: p}
	c.files, err = assignFiles(r.inputs, rest[1:], c.ports, len(model.Graph().Inputs))
	if err != nil {
		return err
	}
	compute := func(w io.Writer) error {
		c.sink = sinks[r.output](w, program.Outputs(), sinkOptions{r.top, labels, len(rest) > 1, int64(r.modelFlags.maxBytes)})
		if err := c.all(); err != nil {
			return err
		}
		return c.sink.close()
	}
	return r.write(e, compute)
}

// write has the output written where the flags say.
func (r *runFlags) write(e *env, compute func(io.Writer) error) error {
	if r.to != "" && r.to != "-" {
		return atomicfile.Write(r.to, compute)
	}
	if r.output != "json" && isTerminal(e.stdout) {
		return wrongUse("%s is not for a terminal; -o FILE writes it to a file", r.output)
	}
	return compute(e.stdout)
}

// assignment is the file for some of the model's inputs.
type assignment struct {
	name  string
	ports []int
}

// assignFiles finds which file is for which inputs: a list of sets, which are computed one
// after the other. The program has more inputs than the model if several layers read one
// text.
func assignFiles(inputs, files []string, ports []port, ofModel int) (sets [][]assignment, err error) {
	if len(inputs) > 0 {
		set, err := byName(inputs, ports)
		return [][]assignment{set}, err
	}
	all := make([]int, len(ports))
	text := true
	for i, p := range ports {
		all[i] = i
		text = text && p.Text != nil
	}
	if len(ports) != 1 && (!text || ofModel > 1) {
		return nil, wrongUse("the model has %d inputs: give each a file, as%s", len(ports), inputFlags(ports))
	}
	if len(files) == 0 {
		files = []string{"-"}
	}
	for _, name := range files {
		sets = append(sets, []assignment{{name, all}})
	}
	return sets, nil
}

// byName finds which file is for which input, as -input says.
func byName(inputs []string, ports []port) (set []assignment, err error) {
	given := make([]bool, len(ports))
	for _, in := range inputs {
		name, file, _ := strings.Cut(in, "=")
		i := slices.IndexFunc(ports, func(p port) bool { return p.Name == name })
		if n, err := strconv.Atoi(name); i < 0 && err == nil && n >= 0 && n < len(ports) {
			i = n
		}
		switch {
		case i < 0:
			return nil, wrongUse("-input is %q; the model's are%s", in, inputFlags(ports))
		case given[i]:
			return nil, wrongUse("-input %s is given twice", name)
		case file == "-" && slices.ContainsFunc(set, func(a assignment) bool { return a.name == "-" }):
			return nil, wrongUse("two inputs are to come from standard input; give one of them a file")
		}
		given[i] = true
		set = append(set, assignment{file, []int{i}})
	}
	if i := slices.Index(given, false); i >= 0 {
		return nil, wrongUse("there is no file for %s; give all, as%s", ports[i], inputFlags(ports))
	}
	return set, nil
}

// inputFlags shows how the model's inputs are given.
func inputFlags(ports []port) (text string) {
	for _, p := range ports {
		text += fmt.Sprintf(" -input %s=FILE", p.Name)
	}
	return text
}

// outputOf tells the format of the output by the ending of its file. There is no csv, and
// who asks for it is not given JSON under that name.
func outputOf(name string) string {
	for _, format := range []string{"npy", "npz", "csv"} {
		if strings.HasSuffix(strings.ToLower(name), "."+format) {
			return format
		}
	}
	return "json"
}
