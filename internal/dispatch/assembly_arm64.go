//go:build !purego && !noasm

package dispatch

import (
	"github.com/sepconv/go/internal/asm/neon"
	"github.com/sepconv/go/internal/kernel"
)

func assembly(cpu kernel.CPU) []kernel.Set { return []kernel.Set{neon.Set(cpu)} }
