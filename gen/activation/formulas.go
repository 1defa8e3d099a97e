package activation

import "fmt"

// The functions of package generic under their names there, step for step. Where
// one leaves a step out it says why the bits are the same.

func (f Formulas[V]) ReLU(x V) V {
	return f.Add(f.AtLeast(x, "zero"), f.Constant("zero")) // -0 + 0 is +0
}

func (f Formulas[V]) ReLU6(x V) V {
	return f.AtMost(f.ReLU(x), "six")
}

func (f Formulas[V]) LeakyReLU(x, slope V) V {
	positive := f.Compare(x, Greater, f.Constant("zero"))
	return f.Choose(positive, x, f.Mul(slope, x))
}

func (f Formulas[V]) ELU(x, alpha V) V {
	lower := f.Mul(alpha, f.expm1Below0(x))
	return f.Choose(f.Compare(x, Less, f.Constant("zero")), lower, x)
}

func (f Formulas[V]) SELU(x V) V {
	lower := f.Mul(f.Constant("seluScaleAlpha"), f.expm1Below0(x))
	upper := f.Mul(f.Constant("seluScale"), x)
	return f.Choose(f.Compare(x, Less, f.Constant("zero")), lower, upper)
}

func (f Formulas[V]) CELU(x, alpha V) V {
	lower := f.Mul(alpha, f.expm1(f.Div(x, alpha)))
	return f.Choose(f.Compare(x, Less, f.Constant("zero")), lower, x)
}

func (f Formulas[V]) Exp(x V) V {
	x = f.AtMost(f.AtLeast(x, "expLowest"), "expHighest")
	r, n := f.reduce(x)
	return f.ldexp(f.expNear0(r), n)
}

// expBelow0 is exp for x <= 0.
func (f Formulas[V]) expBelow0(x V) V {
	r, n := f.reduce(f.AtLeast(x, "expLowest"))
	return f.ldexp(f.expNear0(r), n)
}

func (f Formulas[V]) expm1(x V) V {
	x = f.AtMost(f.AtLeast(x, "expm1Lowest"), "expHighest")
	r, n := f.reduce(x)
	m := f.MinInt(n, f.Constant("exponentHighest"))
	s := f.powerOf2(m)
	y := f.FMA213(f.expm1Near0(r), s, f.Sub(s, f.Constant("one")))
	return f.Mul(y, f.powerOf2(f.SubInt(n, m)))
}

// expm1Below0 is expm1 for x < 0, where n <= 0; of x >= 0 it is anything.
func (f Formulas[V]) expm1Below0(x V) V {
	r, n := f.reduce(f.AtLeast(x, "expm1Lowest"))
	s := f.powerOf2(n)
	return f.FMA213(f.expm1Near0(r), s, f.Sub(s, f.Constant("one")))
}

// reduce overwrites x with r.
func (f Formulas[V]) reduce(x V) (r, n V) {
	i, n := f.log2Int(x)
	f.FMA231(i, f.Constant("minusLn2"), x)
	return f.FMA231(i, f.Constant("minusLn2Low"), x), n
}

func (f Formulas[V]) log2Int(x V) (float, integer V) {
	magic := f.Constant("roundMagic")
	t := f.FMA231(x, f.Constant("log2e"), f.CopyOf(magic))
	return f.Sub(t, magic), f.SubInt(t, magic)
}

func (f Formulas[V]) expNear0(r V) V {
	return f.polynomial(r, family("exp", 5, "one", "one"))
}

func (f Formulas[V]) expNear0Precise(r V) (p, err V) {
	s := f.polynomial(r, family("exp", 5, "one"))
	p = f.FMA213(f.CopyOf(s), r, f.Constant("one"))
	return p, f.FMA231(s, r, f.Sub(f.Constant("one"), p))
}

func (f Formulas[V]) expm1Near0(r V) V {
	return f.FMA213(f.polynomial(r, family("exp", 5)), f.Mul(r, r), r)
}

func (f Formulas[V]) ldexp(p, n V) V {
	low, high := f.halfPowers(n)
	return f.Mul(f.Mul(p, low), high)
}

func (f Formulas[V]) halfPowers(n V) (low, high V) {
	h := f.ShiftRight(n, 1)
	return f.powerOf2(h), f.powerOf2(f.SubInt(n, h))
}

func (f Formulas[V]) powerOf2(n V) V {
	return f.ShiftLeft(f.AddInt(n, f.Constant("exponentBias")), 23)
}

func (f Formulas[V]) Sigmoid(x V) V {
	s1, s2 := f.logistic(x, f.Negative(x))
	return f.Mul(s1, s2)
}

// logistic is told where x is negative. It does not matter what it is told of -0,
// where both sides are 1/2.
func (f Formulas[V]) logistic(x V, below V) (s1, s2 V) {
	r, n := f.reduce(f.AtLeast(f.MinusAbs(x), "swishLowest"))
	e1, e2 := f.halfPowers(n)
	p, err := f.expNear0Precise(r)
	e := f.Mul(f.Mul(p, e1), e2)
	one := f.Constant("one")
	q := f.Div(e, f.Add(e, one))
	lower := f.Mul(f.Add(p, f.FNMA231(p, q, err)), e1)
	return f.Choose(below, lower, f.Sub(one, q)), f.Choose(below, e2, one)
}

func (f Formulas[V]) SiLU(x V) V {
	s1, s2 := f.logistic(x, f.Negative(x))
	return f.Mul(f.Mul(f.AtLeast(x, "swishLowest"), s1), s2)
}

func (f Formulas[V]) expParts(x V) (e1, e2 V) {
	r, n := f.reduce(f.AtLeast(x, "swishLowest"))
	e1, e2 = f.halfPowers(n)
	return f.Mul(f.expNear0(r), e1), e2
}

// mish divides once, for both sides. It may take -0 for negative: there both
// sides are -0.
func (f Formulas[V]) Mish(x V) V {
	one, two := f.Constant("one"), f.Constant("two")
	e1, e2 := f.expParts(f.MinusAbs(x))
	e := f.Mul(e1, e2)
	below, x := f.Negative(x), f.AtLeast(x, "swishLowest")

	w := f.Add(e, two)
	numerator := f.Mul(x, f.Mul(e1, w))
	denominator := f.FMA213(w, e, two)

	n := f.FMA231(e, two, f.CopyOf(one))
	numerator = f.Choose(below, numerator, f.Mul(x, n))
	denominator = f.Choose(below, denominator, f.FMA231(f.Mul(e, two), e, n))
	return f.Mul(f.Div(numerator, denominator), f.Choose(below, e2, one))
}

func (f Formulas[V]) Tanh(x V) V {
	a := f.Abs(x)
	near := f.Sub(a, f.tanhShrinkNear0(a))
	far := f.Sub(f.Constant("one"), f.tanhRest(a))
	y := f.Choose(f.Compare(a, AtLeast, f.Constant("one")), far, near)
	return f.Or(y, f.And(x, f.Constant("signBit"))) // y has no sign
}

// tanhRest holds exp's argument at 40, from where on the rest vanishes beside 1,
// and which one power of two can scale.
func (f Formulas[V]) tanhRest(a V) V {
	r, n := f.reduce(f.AtMost(f.Mul(a, f.Constant("two")), "tanhHighest"))
	e := f.Mul(f.expNear0(r), f.powerOf2(n))
	return f.Div(f.Constant("two"), f.Add(e, f.Constant("one")))
}

func (f Formulas[V]) tanhShrinkNear0(a V) V {
	v := f.Mul(a, a)
	return f.Mul(f.Mul(f.polynomial(v, family("shrink", 7)), v), a)
}

func (f Formulas[V]) GELU(x V) V     { return f.gelu(x, "gelu") }
func (f Formulas[V]) GELUTanh(x V) V { return f.gelu(x, "geluTanh") }

// gelu is the two of that name, whose constants have the prefix.
func (f Formulas[V]) gelu(x V, prefix string) V {
	x = f.AtLeast(x, prefix+"Start")
	c := f.AtMost(x, prefix+"End")
	v := f.Mul(c, c)
	p, q := f.polynomials(v, family(prefix+"P", 5), family(prefix+"Q", 4, "one"))
	half := f.Mul(x, f.Constant("half"))
	return f.FMA231(x, f.Div(f.Mul(c, p), q), half)
}

func (f Formulas[V]) Softplus(x V) V {
	l := f.log1pUnit(f.expBelow0(f.MinusAbs(x)))
	return f.Add(f.AtLeast(x, "zero"), l)
}

func (f Formulas[V]) LogSigmoid(x V) V {
	return f.Minus(f.Softplus(f.Minus(x)))
}

func (f Formulas[V]) log1pUnit(u V) V {
	return f.FMA213(f.polynomial(u, family("log1p", 9)), f.Mul(u, u), u)
}

func (f Formulas[V]) Softsign(x V) V {
	x = f.AtMost(f.AtLeast(x, "softsignLowest"), "softsignHighest")
	return f.Div(x, f.Add(f.Abs(x), f.Constant("one")))
}

// hardSigmoid needs no more of relu than atLeast: x+3 is never -0.
func (f Formulas[V]) HardSigmoid(x V) V {
	y := f.AtLeast(f.Add(x, f.Constant("three")), "zero")
	return f.Div(f.AtMost(y, "six"), f.Constant("six"))
}

func (f Formulas[V]) HardSigmoid2(x V) V {
	y := f.Add(f.Mul(x, f.Constant("fifth")), f.Constant("half"))
	return f.AtMost(f.AtLeast(y, "zero"), "one")
}

func (f Formulas[V]) HardSiLU(x V) V {
	x = f.AtLeast(x, "minusThree")
	return f.Mul(x, f.HardSigmoid(x))
}

func (f Formulas[V]) HardTanh(x V) V {
	return f.AtMost(f.AtLeast(x, "minusOne"), "one")
}

func (f Formulas[V]) SquarePlus(x, b V) V {
	a, half, zero := f.Abs(x), f.Constant("half"), f.Constant("zero")
	noB := f.Compare(b, Equal, zero)
	root := f.Sqrt(f.FMA213(f.CopyOf(x), x, b))
	root = f.Choose(f.Compare(root, Greater, f.Constant("maxFloat")), a, root)
	root = f.Choose(noB, a, root)
	y := f.FMA231(root, half, f.Mul(a, half))
	rest := f.Div(f.Mul(b, f.Constant("quarter")), y)
	rest = f.Choose(noB, zero, rest)
	return f.Choose(f.Compare(x, Less, zero), rest, y)
}

// polynomial is Horner's scheme: the names are of the coefficients of x, from the
// highest power down.
func (f Formulas[V]) polynomial(x V, names []string) V {
	q := f.CopyOf(f.Constant(names[0]))
	for _, name := range names[1:] {
		q = f.FMA213(q, x, f.Constant(name))
	}
	return q
}

// polynomials returns two polynomials of the same degree. Their steps alternate, since
// one that waits for its own last step would leave the unit idle.
func (f Formulas[V]) polynomials(x V, first, second []string) (p, q V) {
	p, q = f.CopyOf(f.Constant(first[0])), f.CopyOf(f.Constant(second[0]))
	for i := range first[1:] {
		p = f.FMA213(p, x, f.Constant(first[i+1]))
		q = f.FMA213(q, x, f.Constant(second[i+1]))
	}
	return p, q
}

// family returns prefix9, prefix8, ... prefix0, and then the others.
func family(prefix string, highest int, others ...string) []string {
	var names []string
	for i := highest; i >= 0; i-- {
		names = append(names, fmt.Sprint(prefix, i))
	}
	return append(names, others...)
}
