package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"

	"github.com/sepconv/go/bench/internal/protocol"
)

// limits are how long a peer may take before it counts as hung: to import a large
// package, to compile a layer, and for a run beyond ten times its own estimate.
type limits struct{ start, prepare, run time.Duration }

var usualLimits = limits{start: 2 * time.Minute, prepare: 3 * time.Minute, run: 30 * time.Second}

// A peer is another implementation of the layer in a process of its own. While
// it is not its turn the process is stopped, so that threads of it that wait by
// spinning take nothing from whose turn it is.
type peer struct {
	Version string

	command func() *exec.Cmd
	limits  limits
	cmd     *exec.Cmd // nil if it does not run
	in      io.WriteCloser
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
	p.stderr.Reset()
	cmd.Stderr = &p.stderr
	cmd.WaitDelay = time.Second // for children of it that have its stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	p.cmd, p.in, p.replies = cmd, in, make(chan answer, 1)
	leftovers.started(cmd.Process)
	go listen(out, p.replies)
	hello, err := p.wait(p.limits.start)
	if err != nil {
		return err
	}
	p.Version = hello.Version
	return suspend(cmd.Process)
}

// listen passes on replies until there are no more.
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
	if p.cmd == nil {
		return protocol.Reply{}, errors.New("it does not run")
	}
	if err := resume(p.cmd.Process); err != nil {
		return protocol.Reply{}, p.fail(err)
	}
	if err := json.NewEncoder(p.in).Encode(r); err != nil {
		return protocol.Reply{}, p.fail(err)
	}
	reply, err := p.wait(limit)
	if err != nil {
		return reply, err
	}
	if err := suspend(p.cmd.Process); err != nil {
		return reply, p.fail(err)
	}
	if reply.Error != "" {
		return reply, errors.New(reply.Error)
	}
	return reply, nil
}

// wait returns the next reply.
func (p *peer) wait(limit time.Duration) (protocol.Reply, error) {
	late := time.NewTimer(limit)
	defer late.Stop()
	select {
	case a := <-p.replies:
		if a.err != nil {
			return a.reply, p.fail(a.err)
		}
		return a.reply, nil
	case <-late.C:
		p.stop()
		return protocol.Reply{}, fmt.Errorf("no answer within %v", limit)
	}
}

// fail ends the process and adds to an error the last line that it wrote.
func (p *peer) fail(err error) error {
	if errors.Is(err, io.EOF) {
		err = errors.New("it has ended")
	}
	p.stop()
	if last := p.stderr.lastLine(); last != "" {
		return fmt.Errorf("%w: %s", err, last)
	}
	return err
}

// stop ends the process.
func (p *peer) stop() {
	if p.cmd == nil {
		return
	}
	p.in.Close()
	p.cmd.Process.Kill()
	p.cmd.Wait()
	leftovers.ended(p.cmd.Process)
	p.cmd = nil
}

// prepare has the peer build a layer, whose arrays are in a directory, and
// returns its answer and its output.
func (p *peer) prepare(l *protocol.Layer, dir string) (protocol.Reply, []float32, error) {
	return p.build("prepare", l, dir)
}

// train is the same for a layer in training. It returns the gradients as well.
func (p *peer) train(l *protocol.Layer, dir string) (protocol.Reply, []float32, *protocol.Gradients, error) {
	reply, output, err := p.build("train", l, dir)
	if err != nil {
		return reply, nil, nil, err
	}
	gradients, err := protocol.ReadGradients(dir, *l)
	return reply, output, gradients, err
}

// open is the same for a whole model, whose output has so many elements.
func (p *peer) open(n *protocol.Network, elements int, dir string) (protocol.Reply, []float32, error) {
	return p.request(protocol.Request{Do: "model", Model: n, Dir: dir}, elements)
}

// build asks for a layer.
func (p *peer) build(do string, l *protocol.Layer, dir string) (protocol.Reply, []float32, error) {
	return p.request(protocol.Request{Do: do, Layer: l, Dir: dir}, l.Batch*l.OutSteps*l.Filters)
}

// request asks for what can be run, of a peer that may have to be started again, and
// reads its output of so many elements.
func (p *peer) request(r protocol.Request, elements int) (protocol.Reply, []float32, error) {
	if p.cmd == nil {
		if err := p.start(); err != nil {
			return protocol.Reply{}, nil, err
		}
	}
	reply, err := p.ask(r, p.limits.prepare)
	if err != nil {
		return reply, nil, err
	}
	if !(reply.Once > 0) {
		return reply, nil, fmt.Errorf("it says that a run takes %v seconds", reply.Once)
	}
	output, err := protocol.ReadFloats(r.Dir, "output", elements)
	return reply, output, err
}

// run has the peer run the layer, and returns the seconds of one run and the
// number of processors that were at work meanwhile, 0 if it does not know. A run
// takes about once.
func (p *peer) run(warm, runs int, once float64) (seconds, processors float64, err error) {
	expected := time.Duration(float64(warm+runs) * once * float64(time.Second))
	reply, err := p.ask(protocol.Request{Do: "run", Warm: warm, Runs: runs}, p.limits.run+10*expected)
	if err != nil {
		return 0, 0, err
	}
	if !(reply.Seconds > 0) {
		return 0, 0, fmt.Errorf("it says that %d runs take %v seconds", runs, reply.Seconds)
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
	text := strings.TrimSpace(t.String())
	return strings.TrimSpace(text[strings.LastIndexByte(text, '\n')+1:])
}
