package optimizers_test

import (
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/optimizers"
)

// BenchmarkStep shows what a parameter costs, of a million in ten variables: more than
// caches hold, as of a model in training.
//
//	go test -run '^$' -bench Step ./sepconv/optimizers
//
// On an AMD EPYC of which half was free, in ns: SGD 0.5, Adam, AdamW and RMSprop 1.8 to
// 2.3, centered with momentum 2.3; clipping adds 0.6 to 0.8. Adam's two are the root and
// the division, one element at a time.
func BenchmarkStep(b *testing.B) {
	for _, test := range []struct {
		name      string
		optimizer optimizers.Optimizer
	}{
		{"SGD", &optimizers.SGD{}},
		{"SGD/momentum", &optimizers.SGD{Momentum: 0.9}},
		{"SGD/nesterov", &optimizers.SGD{Momentum: 0.9, Nesterov: true}},
		{"Adam", &optimizers.Adam{}},
		{"Adam/amsgrad", &optimizers.Adam{AMSGrad: true}},
		{"Adam/clip_value", &optimizers.Adam{Clip: optimizers.Clip{Value: 0.5}}},
		{"Adam/clip_norm", &optimizers.Adam{Clip: optimizers.Clip{Norm: 1}}},
		{"Adam/clip_global_norm", &optimizers.Adam{Clip: optimizers.Clip{GlobalNorm: 1}}},
		{"AdamW", &optimizers.AdamW{}},
		{"RMSprop", &optimizers.RMSprop{}},
		{"RMSprop/centered,momentum", &optimizers.RMSprop{Centered: true, Momentum: 0.9}},
	} {
		b.Run(test.name, func(b *testing.B) {
			const each = 100_000
			var model sepconv.Trainable = random(each, each, each, each, each, each, each, each, each, each)
			if err := test.optimizer.Step(model); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if err := test.optimizer.Step(model); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(10*each), "ns/parameter")
		})
	}
}
