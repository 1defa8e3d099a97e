package main

import (
	"fmt"
	"strings"
)

// usageError is an error of who called the command, not of what it found.
type usageError struct{ error }

func wrongUse(format string, arguments ...any) error {
	return usageError{fmt.Errorf(format, arguments...)}
}

// message is the text of an error. Those of the library begin with its name, as those of
// this program do.
func message(err error) string {
	return strings.ReplaceAll(strings.TrimPrefix(err.Error(), "sepconv: "), ": sepconv: ", ": ")
}

// errTooLarge reports a part of a file that is beyond the limit.
func errTooLarge(what string, maxBytes int64) error {
	return fmt.Errorf("%s takes more than the limit of %d bytes; -max-bytes 4G, say, raises it", what, maxBytes)
}
