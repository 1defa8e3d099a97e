package guard

import (
	"errors"
	"fmt"
	"runtime/debug"
	"testing"
)

// Check calls f. If it faults or panics the test fails there and then, and the
// message begins with what describe returns.
func Check(t testing.TB, describe func() string, f func()) {
	t.Helper()
	if fault := caught(f); fault != "" {
		t.Fatalf("%s: %s", describe(), fault)
	}
}

// caught calls f and tells what it panicked with; "" means that it did not.
func caught(f func()) (fault string) {
	// Without this a fault that is not at a nil pointer ends the program.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		r := recover()
		if r == nil {
			return
		}
		fault = fmt.Sprint(r)
		var at interface{ Addr() uintptr }
		if err, ok := r.(error); ok && errors.As(err, &at) {
			fault = fmt.Sprintf("fault at %#x, %s", at.Addr(), live.locate(at.Addr()))
		}
	}()
	f()
	return ""
}
