package activation

import (
	"fmt"
	"math"
)

// Bits returns the constant of that name as the bits of a lane.
func Bits(name string) uint32 {
	if f, ok := floats[name]; ok {
		return math.Float32bits(f)
	}
	bits, ok := words[name]
	if !ok {
		panic(fmt.Sprintf("no constant %q", name))
	}
	return bits
}

// floats are the constants of package generic under their names there, and plain
// numbers. TestActivation of package asm compares results, and so them.
var floats = map[string]float32{
	"log2e":       0x1.715476p+00,
	"minusLn2":    -0x1.62e43p-01,
	"minusLn2Low": 0x1.05c61p-29,
	"roundMagic":  0x1.8p23,

	"exp0": 0x1p-01,
	"exp1": 0x1.555556p-03,
	"exp2": 0x1.5555p-05,
	"exp3": 0x1.110fc8p-07,
	"exp4": 0x1.6d308ep-10,
	"exp5": 0x1.a2cb1cp-13,

	"expLowest":   -104,
	"expHighest":  89,
	"expm1Lowest": -25,
	"swishLowest": -120,
	"tanhHighest": 40,

	"log1p0": -0x1.fffffep-02,
	"log1p1": 0x1.555494p-02,
	"log1p2": -0x1.ffdc0cp-03,
	"log1p3": 0x1.981b4p-03,
	"log1p4": -0x1.4c81e4p-03,
	"log1p5": 0x1.042aecp-03,
	"log1p6": -0x1.619ac4p-04,
	"log1p7": 0x1.6e2434p-05,
	"log1p8": -0x1.e7c9cep-07,
	"log1p9": 0x1.30127p-09,

	"shrink0": 0x1.555556p-02,
	"shrink1": -0x1.11112ap-03,
	"shrink2": 0x1.ba1a6cp-05,
	"shrink3": -0x1.65f9fp-06,
	"shrink4": 0x1.1e8924p-07,
	"shrink5": -0x1.ac1dbcp-09,
	"shrink6": 0x1.f88bep-11,
	"shrink7": -0x1.40cec4p-13,

	"geluP0":    0x1.988452p-02,
	"geluP1":    0x1.08e4f8p-05,
	"geluP2":    0x1.2d5ae8p-08,
	"geluP3":    0x1.450d2p-13,
	"geluP4":    0x1.af01ccp-18,
	"geluP5":    0x1.af1af8p-26,
	"geluQ0":    0x1.fb54aep-03,
	"geluQ1":    0x1.c7b208p-06,
	"geluQ2":    0x1.d9a71ep-10,
	"geluQ3":    0x1.25ba6ap-14,
	"geluQ4":    0x1.550112p-20,
	"geluEnd":   0x1.4756bcp+02,
	"geluStart": -0x1.4756bcp+02,

	"geluTanhP0":    0x1.988456p-02,
	"geluTanhP1":    0x1.f11d1ap-06,
	"geluTanhP2":    0x1.dc2308p-09,
	"geluTanhP3":    0x1.174f48p-13,
	"geluTanhP4":    0x1.d9fe4cp-18,
	"geluTanhP5":    0x1.9f9f32p-26,
	"geluTanhQ0":    0x1.f2c8c2p-03,
	"geluTanhQ1":    0x1.8e88d8p-06,
	"geluTanhQ2":    0x1.5425e8p-10,
	"geluTanhQ3":    0x1.3d97b2p-14,
	"geluTanhQ4":    0x1.6285c2p-20,
	"geluTanhEnd":   0x1.358628p+02,
	"geluTanhStart": -0x1.358628p+02,

	"density":               0x1.988454p-02,
	"slopeEnd":              128,
	"minusslopeEnd":         -128,
	"squarePlusEnd":         0x1p100,
	"minussquarePlusEnd":    -0x1p100,
	"geluTanhScale":         1.5957691216057308,
	"geluTanhCube":          0.044715,
	"geluTanhThreeCube":     3 * 0.044715,
	"geluTanhSlopeEnd":      16,
	"minusgeluTanhSlopeEnd": -16,

	"seluScale":      0x1.0cfabep+00,
	"seluScaleAlpha": 0x1.c212ccp+00,

	"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "six": 6, "twoAndAHalf": 2.5,
	"third": 1. / 3, "sixth": 1. / 6, "minusHalf": -0.5,
	"minusOne": -1, "minusThree": -3,
	"half": 0.5, "quarter": 0.25, "fifth": 0.2,
	"softsignHighest": 0x1p64, "softsignLowest": -0x1p64,
	"maxFloat": math.MaxFloat32,
}

// words are the constants that meet the bits of numbers.
var words = map[string]uint32{
	"signBit":         1 << 31,
	"magnitude":       1<<31 - 1,
	"exponentBias":    127,
	"exponentHighest": 127,
}
