//go:build !purego && !noasm

package avx512

import (
	"testing"

	"github.com/sepconv/go/internal/asmtest"
)

func TestABI(t *testing.T) { asmtest.ABI(t, &kernels, "../avx2") }

func TestCallsAreShort(t *testing.T) { asmtest.CallsAreShort(t, &kernels) }
