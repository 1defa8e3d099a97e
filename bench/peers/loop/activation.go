package loop

import (
	"fmt"
	"math"
)

// functions are activations by Keras' names.
var functions = map[string]func(x float64) float64{
	"tanh":     math.Tanh,
	"sigmoid":  func(x float64) float64 { return 1 / (1 + math.Exp(-x)) },
	"swish":    func(x float64) float64 { return x / (1 + math.Exp(-x)) },
	"silu":     func(x float64) float64 { return x / (1 + math.Exp(-x)) },
	"gelu":     func(x float64) float64 { return x * math.Erfc(-x/math.Sqrt2) / 2 },
	"relu6":    func(x float64) float64 { return min(max(x, 0), 6) },
	"elu":      func(x float64) float64 { return elu(x, 1) },
	"selu":     func(x float64) float64 { return 1.0507009873554805 * elu(x, 1.6732632423543772) },
	"softsign": func(x float64) float64 { return x / (1 + math.Abs(x)) },
	"softplus": func(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) },
}

// activation returns a function that applies an activation to each element.
func activation(name string) (func(y []float32), error) {
	switch name {
	case "linear":
		return func([]float32) {}, nil
	case "relu":
		return func(y []float32) {
			for i, v := range y {
				y[i] = max(v, 0)
			}
		}, nil
	}
	f, found := functions[name]
	if !found {
		return nil, fmt.Errorf("activation %q is not among those of this peer", name)
	}
	return func(y []float32) {
		for i, v := range y {
			y[i] = float32(f(float64(v)))
		}
	}, nil
}

func elu(x, alpha float64) float64 {
	if x > 0 {
		return x
	}
	return alpha * math.Expm1(x)
}
