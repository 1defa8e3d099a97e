package initializers

import (
	"fmt"
	"math"
	"slices"

	"github.com/sepconv/go/internal/elementary"
	"github.com/sepconv/go/internal/kerasjson"
	"github.com/sepconv/go/internal/param"
)

// STFT sets a kernel of shape (frame, 1, bins) to the real or the imaginary
// part of the short-time Fourier transform of 2*(bins-1) points:
//
//	"real": cos(2*pi*t*f / (2*(bins-1))) * window[t] / scaling
//	"imag": -sin(2*pi*t*f / (2*(bins-1))) * window[t] / scaling
//
// As the depthwise initializer of a layer with one input channel, frame is
// KernelSize and bins is DepthMultiplier. Keras 3: STFT(side="real",
// window="hann", scaling="density", periodic=False), "stft".
//
// Keras computes the angles in float32 and is off by 1e-4 and more for long
// frames; here they are exact.
type STFT struct {
	// Side is "real" or "imag". "" stands for "real".
	Side string

	// Window is the name of a window of scipy.signal.get_window that has no
	// required parameter ("hann", "hamming", "blackman", "boxcar", ...), or
	// "none" for Keras' None: no window and no scaling. "" stands for "hann".
	Window string

	// WindowValues, if not nil, takes the place of Window: one value for each
	// sample of the frame.
	WindowValues []float64

	// Scaling is "density", which divides by sqrt(sum(window^2)), "spectrum",
	// which divides by sum(|window|), or "none" for Keras' None. "" stands for
	// "density".
	Scaling string

	// Periodic makes the window one period of a periodic function, where it is
	// symmetric otherwise. It has no effect on WindowValues.
	Periodic bool
}

// Name returns "STFT".
func (STFT) Name() string { return "STFT" }

// Initialize fills w. The error wraps [sepconv.ErrShape] unless shape is
// (frame, 1, bins) with at least two bins.
func (s STFT) Initialize(w []float32, shape []int, _ uint64) error {
	if err := param.CheckWeight(s.Name(), w, shape); err != nil {
		return err
	}
	if err := s.Validate(shape); err != nil {
		return err
	}
	frame, bins := shape[0], shape[2]
	factors, err := s.factors(frame)
	if err != nil {
		return err
	}
	points := 2 * (int64(bins) - 1)
	for t := range frame {
		for f := range bins {
			angle := int64(t) * int64(f) % points
			value := elementary.CosTurn(angle, points)
			if s.Side == "imag" {
				value = -elementary.SinTurn(angle, points)
			}
			w[t*bins+f] = float32(value * factors[t])
		}
	}
	return nil
}

// Validate reports wrong fields, and a shape that the initializer does not serve.
func (s STFT) Validate(shape []int) error {
	if err := s.checkFields(); err != nil {
		return err
	}
	if len(shape) != 3 || shape[1] != 1 || shape[2] < 2 {
		return param.BadShape(s.Name(), shape, "it must be (frame, 1, bins) with at least 2 bins")
	}
	if s.WindowValues != nil && len(s.WindowValues) != shape[0] {
		return param.BadShape(s.Name(), shape, fmt.Sprintf("which needs %d WindowValues, not %d", shape[0], len(s.WindowValues)))
	}
	_, err := param.Elements(s.Name(), shape)
	return err
}

// checkFields reports wrong parameters.
func (s STFT) checkFields() error {
	switch s.Side {
	case "", "real", "imag":
	default:
		return param.BadField(s.Name(), "Side", kerasjson.Quoted(s.Side), `"real" or "imag"`)
	}
	switch s.Scaling {
	case "", "density", "spectrum", "none":
	default:
		return param.BadField(s.Name(), "Scaling", kerasjson.Quoted(s.Scaling), `"density", "spectrum" or "none"`)
	}
	for _, x := range s.WindowValues {
		if err := param.CheckFloat32(s.Name(), "WindowValues", x); err != nil {
			return err
		}
	}
	if s.WindowValues == nil && s.windowName() != "none" && windowOf(s.windowName()) == nil {
		return param.BadField(s.Name(), "Window", kerasjson.Quoted(s.Window), `"none" or a window of scipy.signal that needs no parameter`)
	}
	return nil
}

func (s STFT) windowName() string { return param.TextOr(s.Window, "hann") }

// factors returns window / scaling.
func (s STFT) factors(frame int) ([]float64, error) {
	var window []float64
	switch {
	case s.WindowValues != nil:
		window = slices.Clone(s.WindowValues)
	case s.windowName() == "none":
		return constantWindow(frame, 1), nil
	default:
		window = window1D(s.windowName(), frame, s.Periodic)
	}
	scale := windowScale(window, param.TextOr(s.Scaling, "density"))
	if frame > 0 && scale == 0 {
		return nil, param.BadShape(s.Name(), []int{frame}, "and a window of so many samples is zero everywhere")
	}
	for t := range window {
		window[t] /= scale
	}
	return window, nil
}

// windowScale returns what the window is divided by.
func windowScale(window []float64, scaling string) float64 {
	sum := 0.0
	switch scaling {
	case "density":
		for _, x := range window {
			sum += float64(x * x)
		}
		return math.Sqrt(sum)
	case "spectrum":
		for _, x := range window {
			sum += math.Abs(x)
		}
		return sum
	}
	return 1
}

func readSTFT(r *kerasjson.Reader) Initializer {
	s := STFT{Side: r.Word("side", "real"), Periodic: r.Flag("periodic")}
	if raw, ok := r.Fields["scaling"]; ok && kerasjson.IsNull(raw) {
		r.Take("scaling")
		s.Scaling = "none"
	} else if s.Scaling = r.Word("scaling", "density"); s.Scaling == "none" {
		r.Fail("scaling", raw, `null, "density" or "spectrum"`)
	}
	readWindow(r, &s)
	return s
}

// readWindow reads null, a name or an array.
func readWindow(r *kerasjson.Reader, s *STFT) {
	raw := r.Fields["window"]
	if kerasjson.IsNull(raw) {
		r.Take("window")
		s.Window = "none"
		return
	}
	values, shape, err := kerasjson.ParseArray(raw)
	if err != nil {
		if s.Window = r.Word("window", "hann"); s.Window == "none" {
			r.Fail("window", raw, "null, a window of scipy.signal or an array")
		}
		return
	}
	r.Take("window")
	if len(shape) != 1 {
		r.Fail("window", raw, "an array of one dimension")
		return
	}
	s.WindowValues = make([]float64, len(values))
	for t, x := range values {
		s.WindowValues[t] = float64(x)
	}
}

func (s STFT) config() kerasjson.Config {
	return kerasjson.Config{
		{Key: "side", Value: param.TextOr(s.Side, "real")},
		{Key: "window", Value: s.windowValue()},
		{Key: "periodic", Value: s.Periodic},
		{Key: "scaling", Value: noneValue(param.TextOr(s.Scaling, "density"))},
	}
}

// windowValue is a list where Keras would write a NumPy array, which its own
// reader does not turn back into one.
func (s STFT) windowValue() any {
	if s.WindowValues == nil {
		return noneValue(s.windowName())
	}
	list := make([]kerasjson.Float, len(s.WindowValues))
	for t, x := range s.WindowValues {
		list[t] = kerasjson.Float(x)
	}
	return list
}

// noneValue is the JSON form of a word, "none" being null.
func noneValue(word string) any {
	if word == "none" {
		return nil
	}
	return word
}
