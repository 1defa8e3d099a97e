//go:build unix

package main

import (
	"os"
	"syscall"
)

// endings are the signals by which a user ends a process.
var endings = []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}

// suspend stops a process where it is.
func suspend(p *os.Process) error { return p.Signal(syscall.SIGSTOP) }

// resume lets it go on.
func resume(p *os.Process) error { return p.Signal(syscall.SIGCONT) }
