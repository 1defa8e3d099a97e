package protocol

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"time"
)

// A Model is a layer as a peer has it. Run computes it once; its result is read
// by Output, which is not timed.
type Model interface {
	Run() error
	Output() []float32 // (batch, output steps, filters)
	Mode() string
	Close() error
}

// A Step is a layer in training as a peer has it. Run computes its output and gradients.
type Step interface {
	Model
	Gradients() *Gradients
}

// A Server is a peer written in Go.
type Server struct {
	Name, Version string
	Threads       int
	Open          func(*Job) (Model, error)
	Train         func(*Job) (Step, error)                    // nil if it does not train
	OpenNetwork   func(dir string, n *Network) (Model, error) // nil if it runs no networks

	model Model
}

// A Job is a layer to be built, with its arrays.
type Job struct {
	Layer
	Depthwise []float32 // (kernel, channels, multiplier)
	Pointwise []float32 // (columns, filters)
	Bias      []float32 // (filters)
	Input     []float32 // (batch, steps, channels)
	DY        []float32 // (batch, output steps, filters), by which the loss depends on the output; nil but in training
}

// replies is the standard output as it was, for what is a reply.
var replies io.Writer = os.Stdout

// Threads parses the command line of a peer, on which bench says how many
// threads may work, and bounds Go's to that. What libraries print from now on
// goes to the standard error.
func Threads() int {
	os.Stdout = os.Stderr
	threads := flag.Int("threads", 1, "number of threads")
	flag.Parse()
	runtime.GOMAXPROCS(*threads)
	return *threads
}

// Main answers requests on the standard input until there are no more.
func Main(name, version string, threads int, open func(*Job) (Model, error)) {
	(&Server{Name: name, Version: version, Threads: threads, Open: open}).Main()
}

// Main answers requests on the standard input until there are no more.
func (s *Server) Main() {
	if err := s.Serve(os.Stdin, replies); err != nil {
		fmt.Fprintln(os.Stderr, s.Name+":", err)
		os.Exit(1)
	}
}

// Serve answers requests until there are no more.
func (s *Server) Serve(r io.Reader, w io.Writer) error {
	out := json.NewEncoder(w)
	if err := out.Encode(Reply{Name: s.Name, Version: s.Version, Threads: s.Threads, Resident: resident()}); err != nil {
		return err
	}
	in := json.NewDecoder(bufio.NewReader(r))
	for {
		var request Request
		if err := in.Decode(&request); err == io.EOF {
			return s.close()
		} else if err != nil {
			return err
		}
		reply, err := s.answer(&request)
		if err != nil {
			reply = Reply{Error: err.Error()}
		}
		if err := out.Encode(reply); err != nil {
			return err
		}
	}
}

// answer does what a request asks for.
func (s *Server) answer(r *Request) (Reply, error) {
	switch r.Do {
	case "prepare":
		return s.prepare(r)
	case "train":
		return s.train(r)
	case "model":
		return s.network(r)
	case "run":
		return s.run(r)
	}
	return Reply{}, fmt.Errorf(`request is to do %q; it must be "prepare", "train", "model" or "run"`, r.Do)
}

func (s *Server) prepare(r *Request) (Reply, error) {
	if r.Layer == nil {
		return Reply{}, errors.New("request has no layer")
	}
	if err := s.close(); err != nil {
		return Reply{}, err
	}
	job, err := ReadJob(r.Dir, *r.Layer)
	if err != nil {
		return Reply{}, err
	}
	m, err := s.Open(job)
	if err != nil {
		return Reply{}, err
	}
	return s.first(m, r.Dir)
}

func (s *Server) train(r *Request) (Reply, error) {
	if r.Layer == nil {
		return Reply{}, errors.New("request has no layer")
	}
	if err := s.close(); err != nil {
		return Reply{}, err
	}
	if s.Train == nil {
		return Reply{}, errors.New("it does not train")
	}
	job, err := ReadTrainingJob(r.Dir, *r.Layer)
	if err != nil {
		return Reply{}, err
	}
	step, err := s.Train(job)
	if err != nil {
		return Reply{}, err
	}
	reply, err := s.first(step, r.Dir)
	if err != nil {
		return reply, err
	}
	return reply, WriteGradients(r.Dir, step.Gradients())
}

// network opens a whole network.
func (s *Server) network(r *Request) (Reply, error) {
	if r.Model == nil {
		return Reply{}, errors.New("request has no model")
	}
	if err := s.close(); err != nil {
		return Reply{}, err
	}
	if s.OpenNetwork == nil {
		return Reply{}, errors.New("it runs no networks")
	}
	m, err := s.OpenNetwork(r.Dir, r.Model)
	if err != nil {
		return Reply{}, err
	}
	return s.first(m, r.Dir)
}

// first makes a model the one that is run, runs it for the first time and writes what
// it gives.
func (s *Server) first(m Model, dir string) (Reply, error) {
	s.model = m
	if err := m.Run(); err != nil {
		return Reply{}, err
	}
	if err := WriteFloats(dir, "output", m.Output()); err != nil {
		return Reply{}, err
	}
	once, err := s.once()
	return Reply{Mode: m.Mode(), Once: once, Resident: resident()}, err
}

// once returns how long a run takes, about.
func (s *Server) once() (float64, error) {
	for n := 1; ; n *= 2 {
		elapsed, err := s.time(n)
		if err != nil || elapsed >= time.Millisecond {
			return elapsed.Seconds() / float64(n), err
		}
	}
}

func (s *Server) run(r *Request) (Reply, error) {
	if s.model == nil {
		return Reply{}, errors.New("no layer is prepared")
	}
	if r.Runs < 1 || r.Warm < 0 {
		return Reply{}, fmt.Errorf("request has %d runs after %d to warm up; there must be 1 at least, after 0 at least", r.Runs, r.Warm)
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	if _, err := s.time(r.Warm); err != nil {
		return Reply{}, err
	}
	cpu := cpuTime()
	elapsed, err := s.time(r.Runs)
	return Reply{Seconds: elapsed.Seconds(), CPU: cpuTime() - cpu, Resident: resident()}, err
}

// time returns how long n runs take.
func (s *Server) time(n int) (time.Duration, error) {
	start := time.Now()
	for range n {
		if err := s.model.Run(); err != nil {
			return 0, err
		}
	}
	return time.Since(start), nil
}

func (s *Server) close() error {
	if s.model == nil {
		return nil
	}
	m := s.model
	s.model = nil
	return m.Close()
}
