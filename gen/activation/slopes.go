package activation

// The slopes of the functions, as package generic has them, step for step. In each the
// slope of NaN is NaN.

// orNaN is s, but x where that is NaN.
func (f Formulas[V]) orNaN(x, s V) V { return f.Choose(f.Compare(x, Equal, x), s, x) }

func (f Formulas[V]) ReLUSlope(x V) V {
	return f.orNaN(x, f.above(x, f.Constant("zero")))
}

// above is 1 where x is greater than a limit, else 0.
func (f Formulas[V]) above(x, limit V) V {
	return f.Choose(f.Compare(x, Greater, limit), f.Constant("one"), f.Constant("zero"))
}

func (f Formulas[V]) ReLU6Slope(x V) V {
	s := f.above(x, f.Constant("zero"))
	return f.orNaN(x, f.Choose(f.Compare(x, Less, f.Constant("six")), s, f.Constant("zero")))
}

func (f Formulas[V]) LeakyReLUSlope(x, slope V) V {
	return f.orNaN(x, f.Choose(f.Compare(x, Greater, f.Constant("zero")), f.Constant("one"), slope))
}

func (f Formulas[V]) ThresholdSlope(x, threshold V) V { return f.orNaN(x, f.above(x, threshold)) }

// ShrinkSlope is that of both ways to shrink.
func (f Formulas[V]) ShrinkSlope(x, threshold V) V { return f.orNaN(x, f.above(f.Abs(x), threshold)) }

func (f Formulas[V]) HardSigmoidSlope(x V) V {
	return f.orNaN(x, f.Choose(f.Compare(f.Abs(x), Less, f.Constant("three")), f.Constant("sixth"), f.Constant("zero")))
}

func (f Formulas[V]) HardSigmoid2Slope(x V) V {
	return f.orNaN(x, f.Choose(f.Compare(f.Abs(x), Greater, f.Constant("twoAndAHalf")), f.Constant("zero"), f.Constant("fifth")))
}

func (f Formulas[V]) HardSiLUSlope(x V) V {
	s := f.FMA213(f.CopyOf(x), f.Constant("third"), f.Constant("half"))
	s = f.Choose(f.Compare(x, AtLeast, f.Constant("three")), f.Constant("one"), s)
	return f.Choose(f.Compare(f.Minus(x), AtLeast, f.Constant("three")), f.Constant("zero"), s)
}

func (f Formulas[V]) HardTanhSlope(x V) V {
	return f.orNaN(x, f.Choose(f.Compare(f.Abs(x), Greater, f.Constant("one")), f.Constant("zero"), f.Constant("one")))
}

// SparsePlusSlope holds (x+1)/2, which for x from -1 to 1 is what sparseSigmoid returns.
func (f Formulas[V]) SparsePlusSlope(x V) V {
	y := f.Mul(f.Add(x, f.Constant("one")), f.Constant("half"))
	y = f.Choose(f.Compare(x, Greater, f.Constant("minusOne")), y, f.Constant("zero"))
	return f.orNaN(x, f.Choose(f.Compare(x, AtLeast, f.Constant("one")), f.Constant("one"), y))
}

func (f Formulas[V]) SparseSigmoidSlope(x V) V {
	return f.orNaN(x, f.Choose(f.Compare(f.Abs(x), Less, f.Constant("one")), f.Constant("half"), f.Constant("zero")))
}

func (f Formulas[V]) ELUSlope(x, alpha V) V {
	lower := f.Mul(alpha, f.expBelow0(x))
	return f.Choose(f.Compare(x, Greater, f.Constant("zero")), f.Constant("one"), lower)
}

func (f Formulas[V]) SELUSlope(x V) V {
	lower := f.Mul(f.Constant("seluScaleAlpha"), f.expBelow0(x))
	return f.Choose(f.Compare(x, AtLeast, f.Constant("zero")), f.Constant("seluScale"), lower)
}

func (f Formulas[V]) CELUSlope(x, alpha V) V {
	zero := f.Constant("zero")
	lower := f.Choose(f.Compare(x, Equal, zero), f.Constant("two"), f.Exp(f.Div(x, alpha)))
	return f.Choose(f.Compare(x, Greater, zero), f.Constant("one"), lower)
}

func (f Formulas[V]) SigmoidSlope(x V) V {
	e := f.expBelow0(f.MinusAbs(x))
	d := f.Add(e, f.Constant("one"))
	return f.Div(e, f.Mul(d, d))
}

func (f Formulas[V]) TanhSlope(x V) V {
	return f.Mul(f.SigmoidSlope(f.Mul(x, f.Constant("two"))), f.Constant("four"))
}

func (f Formulas[V]) TanhShrinkSlope(x V) V {
	t := f.Tanh(x)
	return f.Mul(t, t)
}

func (f Formulas[V]) LogSigmoidSlope(x V) V { return f.Sigmoid(f.Minus(x)) }

// logisticSlope is told where x is negative; of -0 both sides are 1/2.
func (f Formulas[V]) logisticSlope(x V) (s, slope V) {
	e := f.expBelow0(f.MinusAbs(x))
	r := f.Div(f.Constant("one"), f.Add(e, f.Constant("one")))
	q := f.Mul(e, r)
	return f.Choose(f.Negative(x), q, r), f.Mul(q, r)
}

func (f Formulas[V]) SiLUSlope(x V) V {
	x = f.within(x, "slopeEnd")
	s, ds := f.logisticSlope(x)
	return f.FMA231(x, ds, s)
}

// within holds x within a constant and its negative.
func (f Formulas[V]) within(x V, end string) V {
	return f.AtMost(f.AtLeast(x, "minus"+end), end)
}

func (f Formulas[V]) GELUSlope(x V) V {
	x = f.within(x, "slopeEnd")
	c := f.AtMost(f.AtLeast(x, "geluStart"), "geluEnd")
	v := f.Mul(c, c)
	p, q := f.polynomials(v, family("geluP", 5), family("geluQ", 4, "one"))
	below := f.Add(f.Div(f.Mul(c, p), q), f.Constant("half"))
	e := f.expBelow0(f.Mul(f.Mul(x, f.Constant("minusHalf")), x))
	return f.FMA231(f.Mul(x, f.Constant("density")), e, below)
}

func (f Formulas[V]) GELUTanhSlope(x V) V {
	x = f.within(x, "geluTanhSlopeEnd")
	square := f.Mul(x, x)
	one := f.Constant("one")
	v := f.Mul(f.Mul(x, f.Constant("geluTanhScale")), f.FMA231(square, f.Constant("geluTanhCube"), f.CopyOf(one)))
	dv := f.Mul(f.FMA231(square, f.Constant("geluTanhThreeCube"), f.CopyOf(one)), f.Constant("geluTanhScale"))
	xdv := f.Mul(x, dv)
	s, ds := f.logisticSlope(v)
	return f.FMA231(xdv, ds, s)
}

// MishSlope may take -0 for negative: there both sides are 0.6.
func (f Formulas[V]) MishSlope(x V) V {
	one := f.Constant("one")
	x = f.within(x, "slopeEnd")
	e := f.expBelow0(f.MinusAbs(x))
	below, square := f.Negative(x), f.Mul(e, e)
	over := f.Choose(below, f.Mul(f.Add(e, f.Constant("two")), e), f.FMA231(e, f.Constant("two"), f.CopyOf(one)))
	k := f.Choose(below, e, square)
	sum := f.Add(e, one)
	d := f.FMA231(sum, sum, f.CopyOf(f.Choose(below, one, square)))
	r := f.Div(one, d)
	k = f.Mul(f.Mul(sum, f.Constant("four")), k)
	return f.FMA231(x, f.Mul(f.Mul(k, r), r), f.Mul(over, r))
}

func (f Formulas[V]) SoftsignSlope(x V) V {
	d := f.Add(f.Abs(x), f.Constant("one"))
	return f.Div(f.Div(f.Constant("one"), d), d)
}

func (f Formulas[V]) SquarePlusSlope(x, b V) V {
	zero, half := f.Constant("zero"), f.Constant("half")
	x = f.within(x, "squarePlusEnd")
	a := f.Abs(x)
	root := f.Sqrt(f.FMA213(f.CopyOf(x), x, b))
	root = f.Choose(f.Compare(root, Greater, f.Constant("maxFloat")), a, root)
	root = f.Choose(f.Compare(b, Equal, zero), a, root)
	y := f.FMA213(f.Div(x, root), half, half)
	lower := f.Div(f.Div(f.Mul(b, half), root), f.Sub(root, x))
	y = f.Choose(f.Compare(x, Less, zero), lower, y)
	return f.Choose(f.Compare(root, Equal, zero), half, y)
}
