// Package protocol is how bench and a peer, another implementation of the layer
// in a process of its own, talk: one JSON object a line, requests on the peer's
// standard input, replies on its standard output. A peer times itself, with its
// own clock, around nothing but the calls of its library.
//
//	started               the peer sends Hello
//	{"do":"prepare", ...} it builds the layer, runs it once and writes the output; Prepared
//	{"do":"train", ...}   the same, where a run is a step of training; Prepared
//	{"do":"model", ...}   the same of a whole network; Prepared
//	{"do":"run", ...}     it runs the layer Warm times, and Runs times by the clock; Ran
//
// A request that fails is answered by an error, and the peer stays of use. It
// ends with its input.
//
// Arrays are files of little-endian float32 in the directory that the request
// names: depthwise, pointwise and bias as Keras has them, input (batch, steps,
// channels), and from the peer output (batch, output steps, filters). A peer
// whose library wants another order rearranges them, and that is not timed.
//
// A step of training is the layer forward, and the gradients of sum(y * dy) by its input
// and its weights. For that there is a file dy as well, of the output's shape, and from
// the peer, beside the output, dinput, ddepthwise, dpointwise and dbias. A peer that does
// not train answers by an error.
//
// A network is there as model.json, Keras' configuration, weights, all arrays one after
// the other, and weights.json, a list of their layers, names and shapes; and, if it could
// be converted, as model.onnx and model.tflite.
package protocol

// A Layer is one layer of the suite, in the suite's words.
type Layer struct {
	ID         string `json:"id"`
	Batch      int    `json:"batch"`
	Steps      int    `json:"steps"`
	Channels   int    `json:"channels"`
	Kernel     int    `json:"kernel"`
	Stride     int    `json:"stride"`
	Dilation   int    `json:"dilation"`
	Multiplier int    `json:"multiplier"`
	Filters    int    `json:"filters"`
	Padding    string `json:"padding"`    // "valid", "same" or "causal"
	Activation string `json:"activation"` // Keras' name
	OutSteps   int    `json:"out_steps"`
	Left       int    `json:"left"`  // steps of padding in front
	Right      int    `json:"right"` // and after
}

// Columns is the number of channels between the two convolutions.
func (l *Layer) Columns() int { return l.Channels * l.Multiplier }

// Request asks a peer for something.
type Request struct {
	Do    string   `json:"do"` // "prepare", "train", "model" or "run"
	Layer *Layer   `json:"layer,omitempty"`
	Model *Network `json:"model,omitempty"`
	Dir   string   `json:"dir,omitempty"`
	Warm  int      `json:"warm,omitempty"` // runs before the clock starts
	Runs  int      `json:"runs,omitempty"`
}

// Reply is what a peer answers. Fields are those of the request's answer.
type Reply struct {
	Error string `json:"error,omitempty"`

	// Hello
	Name    string `json:"name,omitempty"`
	Version string `json:"version,omitempty"`
	Threads int    `json:"threads,omitempty"`

	// Prepared
	Mode string  `json:"mode,omitempty"` // which of the library's ways was the fastest, if it has several
	Once float64 `json:"once,omitempty"` // seconds of a run, about

	// Ran
	Seconds float64 `json:"seconds,omitempty"` // of all runs together
	CPU     float64 `json:"cpu,omitempty"`     // processor time of all threads meanwhile, seconds; 0 if unknown

	Resident int64 `json:"resident,omitempty"` // bytes of memory of the process; 0 if unknown
}
