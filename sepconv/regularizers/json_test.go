package regularizers

import (
	"testing"

	"github.com/sepconv/go/internal/fault"
	"github.com/sepconv/go/internal/param"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseRegularizer(t *testing.T) {
	const both, keras2, keras3 = 3, 1, 2 // which versions know it
	tests := []struct {
		text    string
		want    Regularizer
		dialect int
	}{
		{`null`, nil, both},
		{``, nil, both},
		{`"l1"`, L1{}, both},
		{`"L1"`, L1{}, both},
		{`"l2"`, L2{}, both},
		{`"L2"`, L2{}, both},
		{`"L1L2"`, L1L2{}, both},
		{`"l1_l2"`, L1L2{L1: 0.01, L2: 0.01}, keras2},
		{`{"class_name":"l1_l2","config":{"l1":0.5}}`, L1L2{L1: 0.5, L2: 0.01}, keras2},
		{`{"class_name":"l1_l2","config":{"l1":0.0,"l2":0.02}}`, L1L2{L2: 0.02}, keras2},
		{`"l1l2"`, L1L2{}, keras3},
		{`"OrthogonalRegularizer"`, OrthogonalRegularizer{}, both},
		{`"orthogonal_regularizer"`, OrthogonalRegularizer{}, both},
		{`"Regularizer"`, nil, both},
		{`"regularizer"`, nil, keras3},
		{`{"class_name":"L2","config":{"l2":0.009999999776482582}}`, L2{}, both},
		{`{"module":"keras.regularizers","class_name":"L1","config":{"l1":0.5},"registered_name":null}`, L1{Factor: 0.5}, both},
		{`{"class_name":"L1","config":{"l1":null}}`, L1{}, both},
		{`{"class_name":"L1","config":{"l":0.5}}`, L1{Factor: 0.5}, keras2},
		{`{"class_name":"L2","config":{"l":0.5}}`, L2{Factor: 0.5}, keras2},
		{`{"class_name":"L1L2","config":{"l1":0.1,"l2":0.2}}`, L1L2{L1: 0.1, L2: 0.2}, both},
		{`{"class_name":"OrthogonalRegularizer","config":{"factor":0.1,"mode":"columns"}}`, OrthogonalRegularizer{0.1, "columns"}, both},
	}
	for _, test := range tests {
		for _, dialect := range []int{keras2, keras3} {
			read := Unmarshal
			if dialect == keras2 {
				read = UnmarshalKeras2
			}
			got, err := read([]byte(test.text))
			if test.dialect&dialect == 0 {
				assert.ErrorIs(t, err, fault.ErrConfig, test.text)
				continue
			}
			require.NoError(t, err, test.text)
			assert.Equal(t, test.want, got, test.text)
		}
	}
	off, err := Unmarshal([]byte(`{"class_name":"L2","config":{"l2":0.0}}`))
	require.NoError(t, err)
	assert.Zero(t, loss(t, off, []float32{1}, []int{1}), "0 is not the default")
}

func TestParseRegularizerErrors(t *testing.T) {
	tests := []struct{ text, message string }{
		{`"l3"`, `unknown regularizer "l3"`},
		{`7`, `regularizer is 7`},
		{`{"class_name":"L2","config":{"l1":1}}`, `L2 has no argument "l1"`},
		{`{"class_name":"L2","config":{"l2":"1"}}`, `l2 is "1", it must be a number`},
		{`{"class_name":"L2","config":{"l2":-1}}`, `Factor is -1, it must be 0 or more`},
		{`{"class_name":"OrthogonalRegularizer","config":{"mode":"all"}}`, `Mode is "all"`},
	}
	for _, test := range tests {
		_, err := Unmarshal([]byte(test.text))
		assert.ErrorIs(t, err, fault.ErrConfig, test.text)
		assert.ErrorContains(t, err, test.message, test.text)
	}
}

// What keras.regularizers.serialize of Keras 3.15.1 writes.
func TestRegularizerConfig(t *testing.T) {
	tests := []struct {
		regularizer Regularizer
		class       string
		config      string
	}{
		{L1{}, "L1", `{"l1":0.009999999776482582}`},
		{L2{}, "L2", `{"l2":0.01}`},
		{L2{Factor: 1e-5}, "L2", `{"l2":1e-05}`},
		{L2{Factor: 1}, "L2", `{"l2":1.0}`},
		{L2{Factor: param.Zero}, "L2", `{"l2":0.0}`},
		{L1L2{}, "L1L2", `{"l1":0.0,"l2":0.0}`},
		{L1L2{L1: 1, L2: 1e-5}, "L1L2", `{"l1":1.0,"l2":1e-05}`},
		{OrthogonalRegularizer{}, "OrthogonalRegularizer", `{"factor":0.009999999776482582,"mode":"rows"}`},
	}
	for _, test := range tests {
		text, err := Marshal(test.regularizer)
		require.NoError(t, err)
		want := `{"module":"keras.regularizers","class_name":"` + test.class + `","config":` + test.config + `,"registered_name":null}`
		assert.Equal(t, want, string(text))
		back, err := Unmarshal([]byte(want))
		require.NoError(t, err)
		assert.Equal(t, test.regularizer, back)
	}
}

// foreign is a program's own type.
type foreign struct{}

func (foreign) Name() string                                   { return "foreign" }
func (foreign) Loss([]float32, []int) (float64, error)         { return 0, nil }
func (foreign) AddGradient(dw, w []float32, shape []int) error { return nil }

func TestMarshalRefuses(t *testing.T) {
	for _, r := range []Regularizer{foreign{}, (*L1)(nil), L1{Factor: -1}, OrthogonalRegularizer{Mode: "all"}} {
		_, err := Marshal(r)
		assert.ErrorIs(t, err, fault.ErrConfig)
	}
	none, err := Marshal(nil)
	assert.NoError(t, err)
	assert.Equal(t, "null", string(none))
}
