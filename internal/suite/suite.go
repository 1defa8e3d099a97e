// Package suite holds the layers of real models that tests and benchmarks share.
package suite

import _ "embed"

// JSON is a list of layers: suite.json.
//
//go:embed suite.json
var JSON []byte
