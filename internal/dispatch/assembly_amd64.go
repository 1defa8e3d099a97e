//go:build !purego && !noasm

package dispatch

import (
	"github.com/sepconv/go/internal/asm/avx2"
	"github.com/sepconv/go/internal/asm/avx512"
	"github.com/sepconv/go/internal/kernel"
)

func assembly(cpu kernel.CPU) []kernel.Set { return []kernel.Set{avx512.Set(cpu), avx2.Set(cpu)} }
