// Gonum is a peer of bench: a loop for the depthwise part, and the product of
// matrices of gonum's BLAS, which is in Go, for the pointwise part.
package main

import (
	"runtime/debug"

	"github.com/sepconv/go/bench/internal/protocol"
	"github.com/sepconv/go/bench/peers/loop"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

func main() {
	threads := protocol.Threads()
	protocol.Main("gonum BLAS", version(), threads, func(job *protocol.Job) (protocol.Model, error) {
		return loop.New(job, threads, multiply)
	})
}

// multiply is a loop.Multiply. Gonum has goroutines of its own for large products,
// as many as GOMAXPROCS.
func multiply(y, u, p []float32, rows, columns, filters int) {
	blas32.Gemm(blas.NoTrans, blas.NoTrans, 1,
		blas32.General{Rows: rows, Cols: columns, Stride: columns, Data: u},
		blas32.General{Rows: columns, Cols: filters, Stride: filters, Data: p},
		1, blas32.General{Rows: rows, Cols: filters, Stride: filters, Data: y})
}

// version is that of the module this was built with.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == "gonum.org/v1/gonum" {
				return m.Version
			}
		}
	}
	return ""
}
