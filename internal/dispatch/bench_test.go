package dispatch

import (
	"testing"

	"github.com/sepconv/go/internal/kernel"
)

var activationNames = map[kernel.Func]string{
	kernel.ReLU: "relu", kernel.ReLU6: "relu6", kernel.LeakyReLU: "leaky_relu", kernel.ELU: "elu",
	kernel.SELU: "selu", kernel.CELU: "celu", kernel.Exponential: "exponential", kernel.Sigmoid: "sigmoid",
	kernel.Tanh: "tanh", kernel.SiLU: "silu", kernel.GELU: "gelu", kernel.GELUTanh: "gelu_tanh",
	kernel.Mish: "mish", kernel.Softplus: "softplus", kernel.Softsign: "softsign",
	kernel.LogSigmoid: "log_sigmoid", kernel.HardSigmoid: "hard_sigmoid", kernel.HardSigmoid2: "hard_sigmoid2",
	kernel.HardSiLU: "hard_silu", kernel.HardTanh: "hard_tanh", kernel.SquarePlus: "squareplus",
}

func BenchmarkActivation(b *testing.B) {
	source, y := make([]float32, 1024), make([]float32, 1024)
	for i := range source {
		source[i] = float32(i%101)/10 - 5
	}
	run := func(b *testing.B, name string, f func()) {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				copy(y, source) // or some would leave the range of their arguments
				f()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(y)), "ns/element")
		})
	}
	for _, s := range Sets() {
		b.Run(s.Name, func(b *testing.B) {
			for f, apply := range s.Activate {
				if name := activationNames[kernel.Func(f)]; name != "" && apply != nil {
					a := &kernel.Activation{Func: kernel.Func(f), A: 0.7}
					run(b, name, func() { apply(y, a) })
				}
			}
			run(b, "gate", func() { s.Gate(y, source) })
		})
	}
}
