package keras

import (
	"errors"
	"fmt"
)

// errForeign says why a model cannot be written in a format, and what to do.
func (m *Model) errForeign(f Format) error {
	const onlyPlain = "; only a Sequential of SeparableConv1D layers alone is converted"
	_, isLegacy := m.store.(*legacy)
	switch {
	case m.config == nil && f != WeightsH5:
		return fmt.Errorf("%s needs a configuration, which the model has not", f)
	case m.store == nil && f != JSON:
		return fmt.Errorf("the model has no weights; read them with LoadWeights")
	case f == WeightsH5 && isLegacy, f == Archive && isLegacy:
		return fmt.Errorf("the weights are arranged as in %s; save the model as that, or load it in Keras and save it there as %s%s", H5, f, onlyPlain)
	case f == H5:
		return fmt.Errorf("the weights are arranged as in %s; save the model as that or as %s, or load it in Keras and save it there as %s%s", Archive, WeightsH5, H5, onlyPlain)
	case m.dialect == bareDialect:
		return errors.New("the configuration is without its class, as get_config returns it, and no Keras loads that as a file" + onlyPlain)
	case m.dialect == keras3Legacy:
		return fmt.Errorf("the configuration is that of %s of Keras 3, which it does not load as %s; save the model as %s, or load it in Keras and save it there as %s%s", H5, f, H5, f, onlyPlain)
	}
	return fmt.Errorf("the configuration is that of %s and to_json of Keras 2, which it does not load as %s; save the weights as %s, or load the model in Keras and save it there as %s%s", H5, f, WeightsH5, f, onlyPlain)
}
