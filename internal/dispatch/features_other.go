//go:build !(amd64 || arm64)

package dispatch

// features: no set here requires any.
var features map[string]bool
