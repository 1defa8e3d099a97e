package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
)

// A recipe tells how to start a peer.
type recipe struct {
	name    string
	short   string // the head of its column
	program string // in peers/: a Go command, or a script of a virtual environment
	env     string // name of the environment in the cache; "" for none
	args    []string
	trains  bool
	models  bool // runs whole models
	streams bool // is called chunk by chunk
}

// recipes are the peers, in the order of the table.
var recipes = []recipe{
	{"ONNX Runtime", "ORT", "onnxruntime", "onnxruntime", []string{"--rank", "3"}, false, true, true},
	{"ONNX Runtime 2-D", "ORT 2-D", "onnxruntime", "onnxruntime", []string{"--rank", "4"}, false, false, true},
	{"XNNPACK (LiteRT)", "XNNPACK", "python/litert.py", "litert", nil, false, true, true},
	{"PyTorch", "PyTorch", "python/pytorch.py", "pytorch", nil, true, true, false},
	{"oneDNN (in PyTorch)", "oneDNN", "python/onednn.py", "pytorch", nil, false, false, false},
	{"Keras (TensorFlow)", "Keras", "python/keras_tensorflow.py", "tensorflow", nil, true, true, false},
	{"JAX", "JAX", "python/jax_lax.py", "jax", nil, false, false, false},
	{"GoMLX, pure Go", "GoMLX", "gomlx", "", nil, false, false, false},
	{"gonum BLAS", "gonum", "gonum", "", nil, false, false, false},
	{"naive Go loop", "naive Go", "naive", "", nil, false, false, false},
}

// missing is a peer that cannot be had, and why.
type missing struct {
	Name string `json:"name"`
	Why  string `json:"why"`
}

// A field is the peers that run, what was measured of them, and those that do not
// run.
type field struct {
	peers   []*peer
	results []peerResults // one of each peer
	missing []missing
	dir     string                 // for programs and arrays
	convert func(dir string) error // makes the files of a model that some peers read; nil if none does
}

// trainers are the peers that train.
func trainers() []recipe {
	return slices.DeleteFunc(slices.Clone(recipes), func(r recipe) bool { return !r.trains })
}

// modelRunners are the peers that run whole models.
func modelRunners() []recipe {
	return slices.DeleteFunc(slices.Clone(recipes), func(r recipe) bool { return !r.models })
}

// streamRunners are the peers that are called chunk by chunk.
func streamRunners() []recipe {
	return slices.DeleteFunc(slices.Clone(recipes), func(r recipe) bool { return !r.streams })
}

// gather starts the peers, as many as there are, or none if none are wanted.
func gather(wanted bool, threads int) (*field, error) {
	if !wanted {
		return &field{}, nil
	}
	return enlist(recipes, threads)
}

// enlist starts peers.
func enlist(wanted []recipe, threads int) (*field, error) {
	f := &field{}
	if _, err := os.Stat("peers"); err != nil {
		return nil, fmt.Errorf("-peers needs the directory of this command, as in go -C bench run . -peers: %w", err)
	}
	var err error
	if f.dir, err = leftovers.tempDir(); err != nil {
		return nil, err
	}
	for _, r := range wanted {
		p, err := r.start(threads, f.dir)
		if err != nil {
			f.missing = append(f.missing, missing{r.name, err.Error()})
			continue
		}
		f.peers = append(f.peers, p)
		f.results = append(f.results, peerResults{Name: r.name, Short: r.short, Version: p.Version, Threads: threads, Layers: []peerLayer{}})
	}
	return f, nil
}

// close ends the peers.
func (f *field) close() {
	for _, p := range f.peers {
		p.stop()
	}
	if f.dir != "" {
		leftovers.remove(f.dir)
	}
}

// start builds the peer, if it is in Go, and runs it.
func (r *recipe) start(threads int, dir string) (*peer, error) {
	argv, environment, err := r.command(dir)
	if err != nil {
		return nil, err
	}
	argv = append(append(argv, "--threads", strconv.Itoa(threads)), r.args...)
	p := &peer{limits: usualLimits, command: func() *exec.Cmd {
		cmd := exec.Command(argv[0], argv[1:]...)
		cmd.Env = append(os.Environ(), environment...)
		return cmd
	}}
	return p, p.start()
}

// command returns what to run, and what to add to the environment.
func (r *recipe) command(dir string) (argv, environment []string, err error) {
	cache, err := cacheDir()
	if err != nil {
		return nil, nil, err
	}
	if filepath.Ext(r.program) == ".py" {
		python := filepath.Join(cache, r.env, "bin", "python")
		if _, err := os.Stat(python); err != nil {
			return nil, nil, errors.New("not installed: bench/peers/setup does it")
		}
		return []string{python, filepath.Join("peers", r.program)}, nil, nil
	}
	if r.env == "onnxruntime" {
		libraries, _ := filepath.Glob(filepath.Join(cache, r.env, "lib", "python*", "site-packages", "onnxruntime", "capi", "libonnxruntime.*"))
		if len(libraries) == 0 {
			return nil, nil, errors.New("not installed: bench/peers/setup does it")
		}
		environment = append(environment, "ONNXRUNTIME="+libraries[0])
	}
	program := filepath.Join(dir, filepath.Base(r.program))
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	build := exec.Command("go", "build", "-C", "peers", "-o", program, "./"+r.program)
	var output tail
	build.Stdout, build.Stderr = &output, &output
	if err := build.Run(); err != nil {
		return nil, nil, fmt.Errorf("go build: %w: %s", err, output.lastLine())
	}
	return []string{program}, environment, nil
}

// cacheDir is where peers/setup installs to.
func cacheDir() (string, error) {
	if dir := os.Getenv("SEPCONV_PEERS"); dir != "" {
		return dir, nil
	}
	if dir := os.Getenv("XDG_CACHE_HOME"); dir != "" {
		return filepath.Join(dir, "sepconv-peers"), nil
	}
	home, err := os.UserHomeDir()
	return filepath.Join(home, ".cache", "sepconv-peers"), err
}
