package protocol

import (
	"bytes"
	"os"
	"strconv"
)

// resident is the memory of the process that is in use, in bytes, on Linux.
func resident() int64 {
	statm, err := os.ReadFile("/proc/self/statm")
	fields := bytes.Fields(statm)
	if err != nil || len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(string(fields[1]), 10, 64)
	return pages * int64(os.Getpagesize())
}
