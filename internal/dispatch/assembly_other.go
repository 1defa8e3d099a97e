//go:build purego || noasm || !(amd64 || arm64)

package dispatch

import "github.com/sepconv/go/internal/kernel"

func assembly(kernel.CPU) []kernel.Set { return nil }
