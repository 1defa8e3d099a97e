package optimizers

import (
	"fmt"
	"math"

	"github.com/sepconv/go/internal/param"
)

// checkRange reports a number that is not in [0, most], or not finite as a float32.
func checkRange(class, field string, value, most float64) error {
	if err := param.CheckFloat32(class, field, value); err != nil {
		return err
	}
	if value >= 0 && value <= most {
		return nil
	}
	if most == anyPositive {
		return param.BadField(class, field, value, "0 or more")
	}
	return param.BadField(class, field, value, fmt.Sprintf("from 0 to %v", most))
}

// anyPositive stands for no upper end.
const anyPositive = math.MaxFloat64
