package sepconv

import "github.com/sepconv/go/internal/workers"

// Panic is what Plan.Run panics with when a user's activation has panicked on one
// of the library's goroutines: Value is what the activation panicked with, and
// Stack, as runtime/debug.Stack writes it, the stack of that goroutine, which the
// caller's own does not show. It is an error whose text has both, and it wraps
// Value if that is an error. What an activation panics with on the caller's
// goroutine passes through Run as it is.
type Panic = workers.Panic
