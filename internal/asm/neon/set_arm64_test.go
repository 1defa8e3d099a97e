//go:build !purego && !noasm

package neon

import (
	"testing"

	"github.com/sepconv/go/internal/asmtest"
)

func TestABI(t *testing.T) { asmtest.ABI(t, &kernels) }

func TestCallsAreShort(t *testing.T) { asmtest.CallsAreShort(t, &kernels) }
