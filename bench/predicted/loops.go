package main

// loop is a loop of a kernel: from a label to the last branch back to it.
type loop struct {
	function, label string
	what            string
	least, inOrder  float64 // bounds of the share on CPUs that execute out of order and in order; 0 is none
}

var loops = []loop{
	{"pointwise8x8NEON", "turns", "pointwise, 8 rows x 8 filters", 0.95, 0.80},
	{"depthwise16x4NEON", "chunk", "depthwise, 16 outputs x 12 taps", 0.90, 0.80},
	{"depthwiseSingle16x4NEON", "chunk", "the same, one input for four columns", 0.90, 0.80},
	{"depthwiseTwice16x4NEON", "chunk", "the same, one input for two columns", 0, 0},
	{"depthwiseGathered16x4NEON", "chunk", "16 outputs x 8 taps, any inputs", 0, 0},
	{"depthwiseRoll3x4NEON", "turn_of_4", "depthwise down the rows, 3 taps", 0.50, 0.40},
	{"depthwiseRoll5x4NEON", "turn_of_2", "the same, 5 taps", 0.60, 0.50},
	{"depthwiseRoll7x4NEON", "turn_of_2", "the same, 7 taps", 0.75, 0.60},
	{"depthwiseRoll9x4NEON", "turn_of_1", "the same, 9 taps", 0.75, 0.50},
	{"depthwiseRoll15x4NEON", "turn_of_1", "the same, 15 taps", 0.85, 0.70},
	{"depthwiseRoll3By2x4NEON", "turn_of_4", "stride 2, 3 taps", 0, 0},
	{"depthwiseRoll5By2x4NEON", "turn_of_2", "the same, 5 taps", 0, 0},
	{"depthwiseRoll9By2x4NEON", "turn_of_2", "the same, 9 taps", 0, 0},
	{"depthwiseRoll16By2x4NEON", "turn_of_1", "the same, 16 taps", 0, 0},
	{"depthwiseRoll9By4x4NEON", "turn_of_2", "stride 4, 9 taps", 0, 0},
	{"depthwiseRollTwice9x4NEON", "turn_of_1", "9 taps, one input for two columns", 0, 0},
	{"depthwiseRollGathered9x4NEON", "turn_of_1", "9 taps, any inputs", 0, 0},
	{"depthwiseGradient3x16NEON", "turn", "gradient of the taps, 3 of them", 0.55, 0.50},
	{"depthwiseGradient5x8NEON", "turn", "the same, 5 taps", 0.65, 0.55},
	{"depthwiseGradient7x8NEON", "turn", "the same, 7 taps", 0.80, 0.60},
	{"depthwiseGradient9x4NEON", "turn", "the same, 9 taps", 0.85, 0.60},
	{"depthwiseGradient15x4NEON", "turn", "the same, 15 taps", 0.95, 0.70},
	{"depthwise8x4NEON", "chunk", "depthwise, 8 outputs x 12 taps", 0, 0},
	{"depthwiseLines64NEON", "turns", "channels_first, 64 outputs", 0, 0},
	{"pointwiseGradient8x8NEON", "turns", "gradient of the pointwise kernel, 8 columns x 8 filters", 0.85, 0.65},
	{"pointwise4x8NEON", "turns", "pointwise, 4 rows x 8 filters", 0, 0},
	{"pointwise2x32NEON", "turns", "pointwise, 2 rows x 32 filters", 0, 0},
	{"pointwise1x32NEON", "turns", "pointwise, 1 row x 32 filters", 0, 0},
	{"pointwiseEdge8x8NEON", "turns", "pointwise, 8 rows x the last 5 to 8 filters", 0.95, 0.80},
	{"pointwiseEdge8x4NEON", "turns", "pointwise, 8 rows x the last 1 to 4 filters", 0, 0},
	{"pointwise8x4NEON", "turns", "one channel as a product, 8 rows x 4 columns", 0, 0},
}

// cpu is one of LLVM's models.
type cpu struct {
	name    string
	inOrder bool
}

var cpus = []cpu{
	{"neoverse-n1", false},
	{"neoverse-n2", false},
	{"neoverse-v1", false},
	{"neoverse-v2", false},
	{"cortex-a72", false},
	{"apple-m1", false},
	{"cortex-a55", true},
}
