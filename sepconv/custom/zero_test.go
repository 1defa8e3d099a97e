package custom_test

import (
	"testing"

	"github.com/sepconv/go/internal/apitest"
	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/custom"
	"github.com/sepconv/go/sepconv/initializers"
)

// Nothing panics for being a zero value or for being given one.
func TestZeroValues(t *testing.T) {
	apitest.API{
		Funcs:     map[string]any{"New": custom.New, "Of": custom.Of[initializers.Initializer]},
		Types:     []any{custom.Object{}},
		Sentinels: []error{sepconv.ErrConfig},
	}.Check(t, ".")
}
