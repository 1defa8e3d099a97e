//go:build !unix

package main

import "os"

var endings = []os.Signal{os.Interrupt}

// suspend does nothing: a peer that waits by spinning takes time from others.
func suspend(*os.Process) error { return nil }

func resume(*os.Process) error { return nil }
