package sepconv

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/sepconv/go/internal/kernel"
	"github.com/sepconv/go/internal/truth"
	"github.com/stretchr/testify/require"
)

// The documented errors are those that the tests hold the activations to.
func TestDocumentedErrors(t *testing.T) {
	source, err := os.ReadFile("activation.go")
	require.NoError(t, err)
	documented := map[string]string{}
	for _, line := range regexp.MustCompile(`(?m)^//\t([A-Za-z0-9, ]+?) +((?:[0-9.]+ [u*]|exact).*)$`).FindAllStringSubmatch(string(source), -1) {
		for _, name := range strings.Split(line[1], ", ") {
			require.NotContains(t, documented, name)
			documented[name] = line[2]
		}
	}
	for name, a := range map[string]kernel.Activation{
		"Linear": Linear.kernel(), "ReLU": ReLU.kernel(), "ReLU6": ReLU6.kernel(), "LeakyReLU": LeakyReLU.kernel(),
		"ELU": ELU.kernel(), "SELU": SELU.kernel(), "CELU": CELU.kernel(), "Exponential": Exponential.kernel(),
		"Sigmoid": Sigmoid.kernel(), "Tanh": Tanh.kernel(), "SiLU": SiLU.kernel(), "GELU": GELU.kernel(),
		"GELUTanh": GELUTanh.kernel(), "Mish": Mish.kernel(), "Softplus": Softplus.kernel(), "Softsign": Softsign.kernel(),
		"LogSigmoid": LogSigmoid.kernel(), "HardSigmoid": HardSigmoid.kernel(), "HardSigmoidKeras2": HardSigmoidKeras2.kernel(),
		"HardSiLU": HardSiLU.kernel(), "HardTanh": HardTanh.kernel(), "TanhShrink": TanhShrink.kernel(),
		"HardShrink": HardShrink.kernel(), "SoftShrink": SoftShrink.kernel(), "SquarePlus": SquarePlus.kernel(),
		"SparsePlus": SparsePlus.kernel(), "SparseSigmoid": SparseSigmoid.kernel(),
		"ReLUWith": ReLUWith(6, 0.1, 1).(withParameters).kernel(), "ELUWith": ELUWith(1.3).(withParameters).kernel(),
		"CELUWith": CELUWith(1.3).(withParameters).kernel(), "ThresholdWith": ThresholdWith(1, 2).(withParameters).kernel(),
	} {
		require.Equal(t, truth.Of(a).Bound.String(), documented[name], name)
		delete(documented, name)
	}
	require.Empty(t, documented)
}
