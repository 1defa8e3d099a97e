//go:build !(amd64 || arm64) || purego || noasm

package asm

import "github.com/sepconv/go/internal/kernel"

func sets() []kernel.Set { return nil }
