//go:build !amd64 && !arm64

package dispatch

import "github.com/sepconv/go/internal/kernel"

// detected is for architectures without sets of their own.
func detected() kernel.CPU { return kernel.CPU{} }
