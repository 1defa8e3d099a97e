//go:build !unix

package protocol

// cpuTime is unknown.
func cpuTime() float64 { return 0 }
