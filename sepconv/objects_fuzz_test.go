package sepconv_test

import (
	"testing"

	"github.com/sepconv/go/internal/kerasjson"
	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/constraints"
	"github.com/sepconv/go/sepconv/initializers"
	"github.com/sepconv/go/sepconv/regularizers"
	"github.com/stretchr/testify/require"
)

// Reading never panics, and what is read can be written and read again to the same effect.
func FuzzParseObjects(f *testing.F) {
	for _, seed := range []string{
		`null`, `"l2"`, `{"class_name":"L1L2","config":{"l1":0.1,"l2":0}}`, `{"class_name":"MaxNorm","config":{"max_value":2,"axis":[0,-1]}}`,
		`{"class_name":"STFT","config":{"window":[1,2],"scaling":null}}`, `{"class_name":"Constant","config":{"value":[[1],[2]]}}`,
		`{"class_name":"RandomUniform","config":{"minval":0,"maxval":0,"seed":0}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if kerasjson.Check(text) != nil {
			return
		}
		checkObject(t, text, false, initializers.Unmarshal, initializers.Marshal)
		checkObject(t, text, true, initializers.UnmarshalKeras2, initializers.MarshalKeras2)
		checkObject(t, text, false, regularizers.Unmarshal, regularizers.Marshal)
		checkObject(t, text, true, regularizers.UnmarshalKeras2, regularizers.MarshalKeras2)
		checkObject(t, text, false, constraints.Unmarshal, constraints.Marshal)
		checkObject(t, text, true, constraints.UnmarshalKeras2, constraints.MarshalKeras2)
	})
}

// checkObject reads an object as a version of Keras has it, and checks that what is
// written of it is read again and then written the same.
func checkObject[T any](t *testing.T, text []byte, keras2 bool, read func([]byte) (T, error), write func(T) ([]byte, error)) {
	object, err := read(text)
	if err != nil {
		require.ErrorIs(t, err, sepconv.ErrConfig)
		return
	}
	written, err := write(object)
	if err != nil { // what only the other version has
		require.ErrorIs(t, err, sepconv.ErrConfig)
		require.True(t, keras2, "%s", text)
		return
	}
	object, err = read(written)
	require.NoError(t, err, string(written))
	again, err := write(object)
	require.NoError(t, err, string(written))
	require.Equal(t, string(written), string(again))
}
