package sepconv

import "github.com/sepconv/go/internal/param"

// Zero is the 0 that is meant, in a field whose Go zero value stands for another
// default of Keras, be it of floats or of seeds:
//
//	regularizers.L2{}                                   // factor 0.01, as keras.regularizers.L2()
//	regularizers.L2{Factor: sepconv.Zero}               // factor 0, as keras.regularizers.L2(0.0)
//	initializers.GlorotUniform{Seed: sepconv.Zero}      // seed 0, as keras.initializers.GlorotUniform(seed=0)
//
// It is 2^63, which no factor, deviation or rate comes near, and no seed of Keras has.
const Zero = param.Zero
