package fuzz

import (
	"testing"

	"github.com/sepconv/go/internal/workers"
)

// Tests see runs shared that would not be worth it.
func TestMain(m *testing.M) {
	workers.Always(true)
	m.Run()
}
