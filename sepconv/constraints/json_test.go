package constraints

import (
	"testing"

	"github.com/sepconv/go/internal/fault"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseConstraint(t *testing.T) {
	tests := []struct {
		text string
		want Constraint
	}{
		{`null`, nil},
		{``, nil},
		{`"MaxNorm"`, MaxNorm{}}, {`"max_norm"`, MaxNorm{}}, {`"maxnorm"`, MaxNorm{}},
		{`"NonNeg"`, NonNeg{}}, {`"non_neg"`, NonNeg{}}, {`"nonneg"`, NonNeg{}},
		{`"UnitNorm"`, UnitNorm{}}, {`"unit_norm"`, UnitNorm{}}, {`"unitnorm"`, UnitNorm{}},
		{`"MinMaxNorm"`, MinMaxNorm{}}, {`"min_max_norm"`, MinMaxNorm{}},
		{`"RadialConstraint"`, RadialConstraint{}}, {`"radial_constraint"`, RadialConstraint{}},
		{`"Constraint"`, nil}, {`"constraint"`, nil},
		{`{"class_name":"MaxNorm","config":{"max_value":2,"axis":0}}`, MaxNorm{}},
		{`{"class_name":"MaxNorm","config":{"max_value":3.5,"axis":[0,1]}}`, MaxNorm{MaxValue: 3.5, Axis: []int{0, 1}}},
		{`{"class_name":"UnitNorm","config":{"axis":-1}}`, UnitNorm{Axis: []int{-1}}},
		{`{"class_name":"UnitNorm","config":{"axis":[]}}`, UnitNorm{Axis: []int{}}},
		{`{"class_name":"UnitNorm","config":{"axis":null}}`, UnitNorm{Axis: AllAxes()}},
		{`{"module":"keras.constraints","class_name":"MinMaxNorm","config":{"min_value":0.0,"max_value":1.0,"rate":1.0,"axis":0},"registered_name":null}`, MinMaxNorm{}},
		{`{"class_name":"MinMaxNorm","config":{"min_value":0.5,"max_value":2,"rate":0.5,"axis":1}}`, MinMaxNorm{0.5, 2, 0.5, []int{1}}},
	}
	for _, test := range tests {
		got, err := Unmarshal([]byte(test.text))
		require.NoError(t, err, test.text)
		assert.Equal(t, test.want, got, test.text)
	}
}

func TestParseConstraintErrors(t *testing.T) {
	tests := []struct{ text, message string }{
		{`"min_norm"`, `unknown constraint "min_norm"`},
		{`true`, `constraint is true`},
		{`{"class_name":"NonNeg","config":{"axis":0}}`, `NonNeg has no argument "axis"`},
		{`{"class_name":"MaxNorm","config":{"axis":"last"}}`, `axis is "last", it must be an integer, a list of integers or null`},
		{`{"class_name":"MaxNorm","config":{"axis":-9223372036854775808}}`, `axis is -9223372036854775808`},
		{`{"class_name":"MaxNorm","config":{"axis":[0,-9223372036854775808]}}`, `it must be an integer, a list of integers or null`},
		{`{"class_name":"MaxNorm","config":{"max_value":-2}}`, `MaxValue is -2`},
		{`{"class_name":"MaxNorm","config":{"max_value":null}}`, `max_value is null, it must be a number`},
		{`{"class_name":"MinMaxNorm","config":{"min_value":2}}`, `Min is 2, it must be at most Max`},
	}
	for _, test := range tests {
		_, err := Unmarshal([]byte(test.text))
		assert.ErrorIs(t, err, fault.ErrConfig, test.text)
		assert.ErrorContains(t, err, test.message, test.text)
	}
}

// What keras.constraints.serialize of Keras 3.15.1 writes, and that of tf-keras
// 2.21 for RadialConstraint.
func TestConstraintConfig(t *testing.T) {
	tests := []struct {
		constraint Constraint
		class      string
		config     string
	}{
		{MaxNorm{}, "MaxNorm", `{"max_value":2,"axis":0}`},
		{MaxNorm{MaxValue: 3, Axis: []int{0, 1}}, "MaxNorm", `{"max_value":3.0,"axis":[0,1]}`},
		{MaxNorm{Axis: AllAxes()}, "MaxNorm", `{"max_value":2,"axis":null}`},
		{NonNeg{}, "NonNeg", `{}`},
		{UnitNorm{Axis: []int{1}}, "UnitNorm", `{"axis":1}`},
		{UnitNorm{Axis: []int{}}, "UnitNorm", `{"axis":[]}`},
		{MinMaxNorm{}, "MinMaxNorm", `{"min_value":0.0,"max_value":1.0,"rate":1.0,"axis":0}`},
		{RadialConstraint{}, "RadialConstraint", `{}`},
	}
	for _, test := range tests {
		text, err := Marshal(test.constraint)
		require.NoError(t, err)
		want := `{"module":"keras.constraints","class_name":"` + test.class + `","config":` + test.config + `,"registered_name":null}`
		assert.Equal(t, want, string(text))
		back, err := Unmarshal([]byte(want))
		require.NoError(t, err)
		assert.Equal(t, test.constraint, back)
	}
}

// foreign is a program's own type.
type foreign struct{}

func (foreign) Name() string                           { return "foreign" }
func (foreign) Project(w []float32, shape []int) error { return nil }

func TestMarshalRefuses(t *testing.T) {
	for _, c := range []Constraint{foreign{}, (*MaxNorm)(nil), MaxNorm{MaxValue: -1}, MinMaxNorm{Min: 2}} {
		_, err := Marshal(c)
		assert.ErrorIs(t, err, fault.ErrConfig)
	}
	none, err := Marshal(nil)
	assert.NoError(t, err)
	assert.Equal(t, "null", string(none))
}
