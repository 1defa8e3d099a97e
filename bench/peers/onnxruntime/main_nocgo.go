//go:build !cgo

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "onnxruntime: it is a C library, and this was built without cgo; a C compiler and CGO_ENABLED=1 are needed")
	os.Exit(1)
}
