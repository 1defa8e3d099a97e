package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/keras"
)

// newFlags returns the flags of a command, whose errors the caller reports.
func newFlags(name string) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.Usage = func() {}
	return f
}

// parse parses flags, which may stand before, between and behind the other arguments, and
// returns these. After "--" there are no flags.
func parse(f *flag.FlagSet, args []string) (rest []string, err error) {
	for {
		if err := f.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, err
			}
			return nil, usageError{err}
		}
		if f.NArg() == 0 {
			return rest, nil
		}
		if i := len(args) - f.NArg(); i > 0 && args[i-1] == "--" {
			return append(rest, f.Args()...), nil
		}
		rest, args = append(rest, f.Arg(0)), f.Args()[1:]
	}
}

// modelFlags say how a model is opened and compiled.
type modelFlags struct {
	weights  list
	maxBytes byteSize
	kernel   string
	threads  int
}

func (m *modelFlags) add(f *flag.FlagSet) {
	m.maxBytes = keras.DefaultMaxBytes
	f.Var(&m.weights, "weights", "")
	f.Var(&m.maxBytes, "max-bytes", "")
}

func (m *modelFlags) addCompile(f *flag.FlagSet) {
	f.StringVar(&m.kernel, "kernel", "", "")
	f.IntVar(&m.threads, "threads", 0, "")
}

// check reports flags that nothing can be done with.
func (m *modelFlags) check() error {
	if m.kernel != "" && !slices.Contains(sepconv.Kernels(), m.kernel) {
		return wrongUse("-kernel is %q; on this CPU it may be %s", m.kernel, strings.Join(sepconv.Kernels(), ", "))
	}
	if m.threads < 0 {
		return wrongUse("-threads is %d; it must be at least 1, or 0 for all processors", m.threads)
	}
	return nil
}

// open reads the model and its weights.
func (m *modelFlags) open(name string) (*keras.Model, error) {
	model, err := keras.Open(name, keras.WithMaxBytes(int64(m.maxBytes)))
	if err != nil || len(m.weights) == 0 {
		return model, err
	}
	return model, model.LoadWeights(m.weights...)
}

func (m *modelFlags) compile(model *keras.Model) (*keras.Program, error) {
	options := []sepconv.CompileOption{sepconv.WithKernel(m.kernel), keras.WithMaxMemory(int64(m.maxBytes))}
	if m.threads > 0 {
		options = append(options, sepconv.WithThreads(m.threads))
	}
	return model.Compile(options...)
}

// hint says what the command is given where an error speaks of the library's functions: a
// model without weights, and weights without one.
func (m *modelFlags) hint(name string, model *keras.Model, err error) string {
	switch {
	case len(m.weights) > 0:
	case model.Format == keras.JSON && errors.Is(err, sepconv.ErrWeights):
		return fmt.Sprintf("\n\"-weights FILE %s\" gives it the weights of a file", name)
	case model.Format == keras.WeightsH5, model.Format == keras.H5 && model.Class == "":
		return fmt.Sprintf("\n\"-weights %s model.json\" gives them to the model, of which to_json() of Keras is the configuration", name)
	}
	return ""
}

// list is a flag that may be given several times.
type list []string

func (l *list) String() string { return strings.Join(*l, " ") }

func (l *list) Set(s string) error {
	*l = append(*l, s)
	return nil
}

// byteSize is a number of bytes, as "512M" or "2G".
type byteSize int64

func (b *byteSize) String() string { return strconv.FormatInt(int64(*b), 10) }

func (b *byteSize) Set(s string) error {
	digits := strings.TrimRight(s, "KMGTiB")
	n, err := strconv.ParseInt(digits, 10, 64)
	shift := 0
	switch strings.TrimSuffix(strings.TrimSuffix(s[len(digits):], "B"), "i") {
	case "":
	case "K":
		shift = 10
	case "M":
		shift = 20
	case "G":
		shift = 30
	case "T":
		shift = 40
	default:
		err = strconv.ErrSyntax
	}
	if err != nil || n < 1 || n > math.MaxInt64>>shift {
		return errors.New("it must be a number of bytes such as 1000000, 512M or 4G")
	}
	*b = byteSize(n << shift)
	return nil
}
