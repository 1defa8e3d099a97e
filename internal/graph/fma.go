package graph

import "github.com/sepconv/go/internal/generic"

// fma is x*y + z, rounded once.
func fma(x, y, z float32) float32 { return generic.FMA(x, y, z) }
