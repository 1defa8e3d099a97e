//go:build unix

package protocol

import "golang.org/x/sys/unix"

// cpuTime is the processor time that the process has taken, in seconds.
func cpuTime() float64 {
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}
