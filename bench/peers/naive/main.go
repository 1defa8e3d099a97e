// Naive is a peer of bench: the loops that anybody would write first.
package main

import (
	"runtime"

	"github.com/sepconv/go/bench/internal/protocol"
	"github.com/sepconv/go/bench/peers/loop"
)

func main() {
	threads := protocol.Threads()
	protocol.Main("naive Go loop", runtime.Version(), threads, func(job *protocol.Job) (protocol.Model, error) {
		return loop.New(job, threads, loop.Pointwise)
	})
}
