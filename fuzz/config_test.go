package fuzz

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"reflect"
	"testing"

	"github.com/sepconv/go/internal/budget/budgettest"
	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

// FuzzConfig reads configurations: what is accepted is written, each field for one
// version of Keras at least, to what is accepted again and then written to the same
// bytes, and it makes a layer or is refused by the right error, always the same.
func FuzzConfig(f *testing.F) {
	for _, config := range kerasConfigs(f) {
		f.Add([]byte(config), 3)
	}
	for _, config := range []string{
		`null`, `[]`, `{"filters": 1`, `{"filters": 4, "kernel_size": [3], "strides": 2, "dilation_rate": 2}`,
		`{"filters": 268435456, "kernel_size": 1}`, `{"filters": 9223372036854775807, "kernel_size": 9223372036854775807, "groups": 3}`,
		`{"filters": 2, "kernel_size": 1, "activation": {"class_name": "ELU", "config": {"alpha": 1e300}}}`,
		`{"filters": 2, "kernel_size": 1, "bias_initializer": {"class_name": "Constant", "config": {"value": [[1], [2]]}}}`,
		`{"filters": 2, "kernel_size": 1, "groups": 1, "activation": "hard_sigmoid", "dtype": "mixed_float16"}`,
		`{"filters": 2, "kernel_size": 1, "activation": {"module": "builtins", "class_name": "function", "config": "mine>snake", "registered_name": "function"}}`,
		`{"filters": 2, "kernel_size": 1, "bias_regularizer": {"module": null, "class_name": "MyReg", "config": {"a": [0.1, "<\u003c\\u003e"]}, "registered_name": "mine>MyReg"}}`,
		`{"filters": 2, "kernel_size": 1, "groups": 1, "activation": "snake", "bias_constraint": {"class_name": "MyCon", "config": {}}, "bias_initializer": "mine>init"}`,
		`{"filters": 2, "kernel_size": 1, "activation": {"module": "keras.layers", "class_name": "ReLU", "config": {"max_value": null, "negative_slope": 1e-50}}}`,
	} {
		f.Add([]byte(config), 1)
	}
	f.Fuzz(func(t *testing.T, data []byte, channels int) {
		var c sepconv.Config
		var err error
		used := budgettest.Allocated(func() { err = c.UnmarshalJSON(data) })
		if most := 1<<20 + 256*int64(len(data)); used > most {
			t.Fatalf("a configuration of %d bytes made the reader allocate %d; at most %d are allowed", len(data), used, most)
		}
		if err != nil {
			require.ErrorIs(t, err, sepconv.ErrConfig)
			require.EqualError(t, c.UnmarshalJSON(data), err.Error())
			require.Zero(t, c)
			return
		}
		checkWritable(t, c)
		checkFixedPoint(t, c, sepconv.Config.MarshalJSON)
		checkFixedPoint(t, c, sepconv.Config.MarshalKeras2)
		checkBuild(t, c, channels)
	})
}

// kerasConfigs returns what get_config of real Keras 2 and 3 gave, of each eighth
// layer of the golden vectors.
func kerasConfigs(f *testing.F) (configs []json.RawMessage) {
	file, err := os.Open("../sepconv/testdata/golden/cases.jsonl.gz")
	require.NoError(f, err)
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	require.NoError(f, err)
	d := json.NewDecoder(bufio.NewReader(unzipped))
	for i := 0; ; i++ {
		var golden struct{ Config json.RawMessage }
		err := d.Decode(&golden)
		if errors.Is(err, io.EOF) {
			return configs
		}
		require.NoError(f, err)
		if i%8 == 0 {
			configs = append(configs, golden.Config)
		}
	}
}

// checkWritable checks that each object in a configuration that was read can be
// written for one version of Keras at least. Not all of them need have the same one.
func checkWritable(t *testing.T, c sepconv.Config) {
	t.Helper()
	for i := range reflect.TypeFor[sepconv.Config]().NumField() {
		from := reflect.ValueOf(c).Field(i)
		if from.Kind() != reflect.Interface || from.IsNil() {
			continue
		}
		one := sepconv.Config{Filters: 2, KernelSize: 1}
		reflect.ValueOf(&one).Elem().Field(i).Set(from)
		if _, err := one.MarshalJSON(); err != nil {
			_, err2 := one.MarshalKeras2()
			require.NoError(t, err2, "field %d, and for Keras 3: %v", i, err)
		}
	}
}

// checkFixedPoint checks that what marshal writes of a configuration that was read
// stays as it is. Each version of Keras has something that the other cannot say.
func checkFixedPoint(t *testing.T, c sepconv.Config, marshal func(sepconv.Config) ([]byte, error)) {
	t.Helper()
	written, err := marshal(c)
	if err != nil {
		require.ErrorIs(t, err, sepconv.ErrConfig)
		return
	}
	var again sepconv.Config
	require.NoError(t, json.Unmarshal(written, &again), "%s", written)
	rewritten, err := marshal(again)
	require.NoError(t, err, "%s", written)
	require.Equal(t, string(written), string(rewritten))
}

// checkBuild builds the layer with weights that fit no layer, which asks for no
// memory, and with initialized ones if they are few.
func checkBuild(t *testing.T, c sepconv.Config, channels int) {
	_, err := sepconv.NewFromWeights(c, channels, sepconv.Weights{})
	require.Error(t, err)
	if !errors.Is(err, sepconv.ErrWeights) {
		require.True(t, errors.Is(err, sepconv.ErrConfig) || errors.Is(err, sepconv.ErrShape), "%v", err)
		return
	}
	// The sizes are right; none of them can overflow.
	columns := channels * max(c.DepthMultiplier, 1)
	if columns*(c.KernelSize+c.Filters) > 1<<12 {
		return
	}
	l, err := sepconv.New(c, channels)
	if err != nil {
		require.True(t, errors.Is(err, sepconv.ErrConfig) || errors.Is(err, sepconv.ErrShape), "%v", err)
		return
	}
	require.Len(t, l.Weights().Depthwise, columns*c.KernelSize)
	_, err = l.Compile()
	require.NoError(t, err)
}
