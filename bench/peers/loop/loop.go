// Package loop is the layer in plain Go: a loop for the depthwise part, and a
// pointwise part of choice.
package loop

import (
	"sync"

	"github.com/sepconv/go/bench/internal/protocol"
)

// A Multiply adds to y, rows by filters, the product of u, rows by columns, and
// p, columns by filters.
type Multiply func(y, u, p []float32, rows, columns, filters int)

// Model is a layer, the work of which goroutines share by output steps.
type Model struct {
	job      *protocol.Job
	threads  int
	multiply Multiply
	activate func(y []float32)
	u, y     []float32
}

// New returns the layer of a job.
func New(job *protocol.Job, threads int, multiply Multiply) (*Model, error) {
	activate, err := activation(job.Activation)
	if err != nil {
		return nil, err
	}
	rows := job.Batch * job.OutSteps
	return &Model{
		job: job, threads: threads, multiply: multiply, activate: activate,
		u: make([]float32, rows*job.Columns()), y: make([]float32, rows*job.Filters),
	}, nil
}

// Run computes the layer.
func (m *Model) Run() error {
	rows := m.job.Batch * m.job.OutSteps
	if m.threads == 1 {
		m.rows(0, rows)
		return nil
	}
	var group sync.WaitGroup
	for i := range m.threads {
		group.Add(1)
		go func() {
			defer group.Done()
			m.rows(rows*i/m.threads, rows*(i+1)/m.threads)
		}()
	}
	group.Wait()
	return nil
}

// rows computes some rows of the output.
func (m *Model) rows(from, to int) {
	columns, filters := m.job.Columns(), m.job.Filters
	u, y := m.u[from*columns:to*columns], m.y[from*filters:to*filters]
	for row := from; row < to; row++ {
		m.depthwise(u[(row-from)*columns:][:columns], row/m.job.OutSteps, row%m.job.OutSteps)
	}
	for at := 0; at < len(y); at += filters {
		copy(y[at:], m.job.Bias)
	}
	m.multiply(y, u, m.job.Pointwise, to-from, columns, filters)
	m.activate(y)
}

// depthwise computes one step of a signal.
func (m *Model) depthwise(u []float32, signal, t int) {
	job := m.job
	clear(u)
	for j := range job.Kernel {
		step := t*job.Stride + j*job.Dilation - job.Left
		if step < 0 || step >= job.Steps {
			continue
		}
		x := job.Input[(signal*job.Steps+step)*job.Channels:][:job.Channels]
		w := job.Depthwise[j*len(u):][:len(u)]
		for c, v := range x {
			for i := c * job.Multiplier; i < (c+1)*job.Multiplier; i++ {
				u[i] += v * w[i]
			}
		}
	}
}

// Pointwise is a Multiply of three loops, in the order that walks memory.
func Pointwise(y, u, p []float32, rows, columns, filters int) {
	for row := range rows {
		out := y[row*filters:][:filters]
		for q, v := range u[row*columns:][:columns] {
			for f, w := range p[q*filters:][:filters] {
				out[f] += v * w
			}
		}
	}
}

// Output returns the result of the last run.
func (m *Model) Output() []float32 { return m.y }

// Mode returns "": there is one.
func (m *Model) Mode() string { return "" }

// Close does nothing.
func (m *Model) Close() error { return nil }
