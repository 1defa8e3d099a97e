package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/sepconv/go/bench/internal/protocol"
)

// How long a peer may take before it counts as hung: importing a large package,
// compiling a layer, and beyond what its own estimate says of a run.
const (
	startLimit   = 2 * time.Minute
	prepareLimit = 3 * time.Minute
	runLimit     = 30 * time.Second
)

// A peer is another implementation of the layer in a process of its own. While
// it is not its turn the process is stopped, so that threads of it that wait by
// spinning take nothing from whose turn it is.
type peer struct {
	Name, Version string
	Threads       int

	command func() *exec.Cmd
	process *exec.Cmd // nil if it does not run
	in      *json.Encoder
	closeIn io.Closer
	replies chan answer
	stderr  tail
}

// answer is a reply, or why there is none.
type answer struct {
	reply protocol.Reply
	err   error
}

// start runs the process and waits until it says who it is.
func (p *peer) start() error {
	cmd := p.command()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	p.stderr.Reset()
	cmd.Stderr = &p.stderr
	if err := cmd.Start(); err != nil {
		return err
	}
	p.process, p.in, p.closeIn, p.replies = cmd, json.NewEncoder(stdin), stdin, make(chan answer, 1)
	go listen(stdout, p.replies)
	hello, err := p.wait(startLimit)
	if err != nil {
		return err
	}
	p.Name, p.Version, p.Threads = hello.Name, hello.Version, hello.Threads
	return suspend(cmd.Process)
}

// listen reads replies until there are no more.
func listen(r io.Reader, replies chan<- answer) {
	for in := json.NewDecoder(r); ; {
		var a answer
		a.err = in.Decode(&a.reply)
		replies <- a
		if a.err != nil {
			return
		}
	}
}

// ask sends a request and waits for the reply. A peer that does not answer, or
// that has died, is ended; the next prepare starts it again.
func (p *peer) ask(r protocol.Request, limit time.Duration) (protocol.Reply, error) {
	if err := resume(p.process.Process); err != nil {
		return protocol.Reply{}, p.fail(err)
	}
	if err := p.in.Encode(r); err != nil {
		return protocol.Reply{}, p.fail(err)
	}
	reply, err := p.wait(limit)
	if err != nil {
		return reply, err
	}
	if err := suspend(p.process.Process); err != nil {
		return reply, p.fail(err)
	}
	if reply.Error != "" {
		return reply, errors.New(reply.Error)
	}
	return reply, nil
}

// wait returns the next reply.
func (p *peer) wait(limit time.Duration) (protocol.Reply, error) {
	select {
	case a := <-p.replies:
		if a.err != nil {
			return a.reply, p.fail(a.err)
		}
		return a.reply, nil
	case <-time.After(limit):
		return protocol.Reply{}, p.fail(fmt.Errorf("no answer within %v", limit))
	}
}

// fail ends the process. The error has the last line that it wrote.
func (p *peer) fail(err error) error {
	p.process.Process.Kill()
	p.process.Wait()
	p.process = nil
	if last := p.stderr.lastLine(); last != "" && !errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("%w: %s", err, last)
	}
	return err
}

// stop ends the process.
func (p *peer) stop() {
	if p.process == nil {
		return
	}
	p.closeIn.Close()
	p.process.Process.Kill()
	p.process.Wait()
	p.process = nil
}

// prepare has the peer build a layer, whose arrays are in a directory, and
// returns its answer and its output.
func (p *peer) prepare(l *protocol.Layer, dir string) (protocol.Reply, []float32, error) {
	if p.process == nil {
		if err := p.start(); err != nil {
			return protocol.Reply{}, nil, err
		}
	}
	reply, err := p.ask(protocol.Request{Do: "prepare", Layer: l, Dir: dir}, prepareLimit)
	if err != nil {
		return reply, nil, err
	}
	if reply.Once <= 0 {
		return reply, nil, fmt.Errorf("a run takes %v seconds, it says", reply.Once)
	}
	output, err := protocol.ReadFloats(dir, "output", l.Batch*l.OutSteps*l.Filters)
	return reply, output, err
}

// run has the peer run the layer, and returns the seconds of one run and the
// processors that were at work meanwhile, 0 if it does not know.
func (p *peer) run(warm, runs int, once float64) (seconds, processors float64, err error) {
	expected := time.Duration(float64(warm+runs) * once * float64(time.Second))
	reply, err := p.ask(protocol.Request{Do: "run", Warm: warm, Runs: runs}, runLimit+10*expected)
	if err != nil {
		return 0, 0, err
	}
	if reply.Seconds <= 0 {
		return 0, 0, fmt.Errorf("%d runs take %v seconds, it says", runs, reply.Seconds)
	}
	return reply.Seconds / float64(runs), reply.CPU / reply.Seconds, nil
}

// tail keeps the end of what is written to it.
type tail struct{ bytes.Buffer }

func (t *tail) Write(p []byte) (int, error) {
	const most = 4 << 10
	t.Buffer.Write(p)
	if over := t.Len() - most; over > 0 {
		t.Next(over)
	}
	return len(p), nil
}

// lastLine returns the last line that says something.
func (t *tail) lastLine() string {
	lines := strings.Split(strings.TrimSpace(t.String()), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}
