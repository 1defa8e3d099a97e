package main

// The functions of package generic under their names there, step for step. Where
// one leaves a step out it says why the bits are the same.

func (k *activations) relu(x vec) vec {
	return k.add(k.atLeast(x, "zero"), k.constant("zero")) // -0 + 0 is +0
}

func (k *activations) relu6(x vec) vec {
	return k.atMost(k.relu(x), "six")
}

func (k *activations) leakyReLU(x, slope vec) vec {
	positive := k.compare(x, isGreater, k.constant("zero"))
	return k.choose(positive, x, k.mul(slope, x))
}

func (k *activations) elu(x, alpha vec) vec {
	lower := k.mul(alpha, k.expm1Below0(x))
	return k.choose(k.compare(x, isLess, k.constant("zero")), lower, x)
}

func (k *activations) selu(x vec) vec {
	lower := k.mul(k.constant("seluScaleAlpha"), k.expm1Below0(x))
	upper := k.mul(k.constant("seluScale"), x)
	return k.choose(k.compare(x, isLess, k.constant("zero")), lower, upper)
}

func (k *activations) celu(x, alpha vec) vec {
	lower := k.mul(alpha, k.expm1(k.div(x, alpha)))
	return k.choose(k.compare(x, isLess, k.constant("zero")), lower, x)
}

func (k *activations) exp(x vec) vec {
	x = k.atMost(k.atLeast(x, "expLowest"), "expHighest")
	r, n := k.reduce(x)
	return k.ldexp(k.expNear0(r), n)
}

// expBelow0 is exp for x <= 0.
func (k *activations) expBelow0(x vec) vec {
	r, n := k.reduce(k.atLeast(x, "expLowest"))
	return k.ldexp(k.expNear0(r), n)
}

func (k *activations) expm1(x vec) vec {
	x = k.atMost(k.atLeast(x, "expm1Lowest"), "expHighest")
	r, n := k.reduce(x)
	m := k.minInt(n, k.constant("exponentHighest"))
	s := k.powerOf2(m)
	y := k.fma213(k.expm1Near0(r), s, k.sub(s, k.constant("one")))
	return k.mul(y, k.powerOf2(k.subInt(n, m)))
}

// expm1Below0 is expm1 for x < 0, where n <= 0; of x >= 0 it is anything.
func (k *activations) expm1Below0(x vec) vec {
	r, n := k.reduce(k.atLeast(x, "expm1Lowest"))
	s := k.powerOf2(n)
	return k.fma213(k.expm1Near0(r), s, k.sub(s, k.constant("one")))
}

// reduce overwrites x with r.
func (k *activations) reduce(x vec) (r, n vec) {
	i, n := k.log2Int(x)
	k.fma231(i, k.constant("minusLn2"), x)
	return k.fma231(i, k.constant("minusLn2Low"), x), n
}

func (k *activations) log2Int(x vec) (float, integer vec) {
	magic := k.constant("roundMagic")
	t := k.fma231(x, k.constant("log2e"), k.copyOf(magic))
	return k.sub(t, magic), k.subInt(t, magic)
}

func (k *activations) expNear0(r vec) vec {
	return k.polynomial(r, family("exp", 5, "one", "one"))
}

func (k *activations) expNear0Precise(r vec) (p, err vec) {
	s := k.polynomial(r, family("exp", 5, "one"))
	p = k.fma213(k.copyOf(s), r, k.constant("one"))
	return p, k.fma231(s, r, k.sub(k.constant("one"), p))
}

func (k *activations) expm1Near0(r vec) vec {
	return k.fma213(k.polynomial(r, family("exp", 5)), k.mul(r, r), r)
}

func (k *activations) ldexp(p, n vec) vec {
	low, high := k.halfPowers(n)
	return k.mul(k.mul(p, low), high)
}

func (k *activations) halfPowers(n vec) (low, high vec) {
	h := k.shiftRight(n, 1)
	return k.powerOf2(h), k.powerOf2(k.subInt(n, h))
}

func (k *activations) powerOf2(n vec) vec {
	return k.shiftLeft(k.addInt(n, k.constant("exponentBias")), 23)
}

func (k *activations) sigmoid(x vec) vec {
	s1, s2 := k.logistic(x, k.negative(x))
	return k.mul(s1, s2)
}

// logistic is told where x is negative. It does not matter what it is told of -0,
// where both sides are 1/2.
func (k *activations) logistic(x vec, below mask) (s1, s2 vec) {
	r, n := k.reduce(k.atLeast(k.minusAbs(x), "swishLowest"))
	e1, e2 := k.halfPowers(n)
	p, err := k.expNear0Precise(r)
	e := k.mul(k.mul(p, e1), e2)
	one := k.constant("one")
	q := k.div(e, k.add(e, one))
	lower := k.mul(k.add(p, k.fnma231(p, q, err)), e1)
	return k.choose(below, lower, k.sub(one, q)), k.choose(below, e2, one)
}

func (k *activations) silu(x vec) vec { return k.swish(x, x) }

func (k *activations) geluTanh(x vec) vec {
	slope := k.fma231(k.mul(x, x), k.constant("geluCubic"), k.copyOf(k.constant("geluSlope")))
	return k.swish(x, k.mul(x, slope))
}

func (k *activations) swish(x, u vec) vec {
	s1, s2 := k.logistic(u, k.negative(x))
	return k.mul(k.mul(k.atLeast(x, "swishLowest"), s1), s2)
}

func (k *activations) expParts(x vec) (e1, e2 vec) {
	r, n := k.reduce(k.atLeast(x, "swishLowest"))
	e1, e2 = k.halfPowers(n)
	return k.mul(k.expNear0(r), e1), e2
}

// mish divides once, for both sides. It may take -0 for negative: there both
// sides are -0.
func (k *activations) mish(x vec) vec {
	one, two := k.constant("one"), k.constant("two")
	e1, e2 := k.expParts(k.minusAbs(x))
	e := k.mul(e1, e2)
	below, x := k.negative(x), k.atLeast(x, "swishLowest")

	w := k.add(e, two)
	numerator := k.mul(x, k.mul(e1, w))
	denominator := k.fma213(w, e, two)

	n := k.fma231(e, two, k.copyOf(one))
	numerator = k.choose(below, numerator, k.mul(x, n))
	denominator = k.choose(below, denominator, k.fma231(k.mul(e, two), e, n))
	return k.mul(k.div(numerator, denominator), k.choose(below, e2, one))
}

func (k *activations) tanh(x vec) vec {
	a := k.abs(x)
	near := k.sub(a, k.tanhShrinkNear0(a))
	far := k.sub(k.constant("one"), k.tanhRest(a))
	y := k.choose(k.compare(a, isAtLeast, k.constant("one")), far, near)
	return k.or(y, k.and(x, k.constant("signBit"))) // y has no sign
}

// tanhRest holds exp's argument at 40, from where on the rest vanishes beside 1,
// and which one power of two can scale.
func (k *activations) tanhRest(a vec) vec {
	r, n := k.reduce(k.atMost(k.mul(a, k.constant("two")), "tanhHighest"))
	e := k.mul(k.expNear0(r), k.powerOf2(n))
	return k.div(k.constant("two"), k.add(e, k.constant("one")))
}

func (k *activations) tanhShrinkNear0(a vec) vec {
	v := k.mul(a, a)
	return k.mul(k.mul(k.polynomial(v, family("shrink", 7)), v), a)
}

func (k *activations) gelu(x vec) vec {
	g := k.geluTail(k.atMost(k.abs(x), "geluHighest"))
	return k.sub(k.atLeast(x, "signBit"), g) // the bits of -0
}

func (k *activations) geluTail(a vec) vec {
	q := k.div(a, k.add(a, k.constant("four")))
	t := k.fma231(q, k.constant("two"), k.copyOf(k.constant("minusOne")))
	p := k.polynomial(t, family("tail", 9))
	r, n := k.reduceHalfSquare(a)
	s1, s2 := k.halfPowers(n)
	return k.mul(k.mul(k.mul(q, p), k.mul(k.expNear0(r), s1)), s2)
}

// reduceHalfSquare computes -h and -l at once. A zero of l has the other sign,
// but is added to k*ln2Low, which is no zero or +0.
func (k *activations) reduceHalfSquare(a vec) (r, n vec) {
	half := k.mul(a, k.constant("minusHalf"))
	h := k.mul(half, a)
	l := k.fms213(half, a, h)
	i, n := k.log2Int(h)
	r = k.fma231(i, k.constant("minusLn2"), h)
	return k.add(r, k.fma231(i, k.constant("minusLn2Low"), l)), n
}

func (k *activations) softplus(x vec) vec {
	l := k.log1pUnit(k.expBelow0(k.minusAbs(x)))
	return k.add(k.atLeast(x, "zero"), l)
}

func (k *activations) logSigmoid(x vec) vec {
	return k.minus(k.softplus(k.minus(x)))
}

func (k *activations) log1pUnit(u vec) vec {
	return k.fma213(k.polynomial(u, family("log1p", 9)), k.mul(u, u), u)
}

func (k *activations) softsign(x vec) vec {
	x = k.atMost(k.atLeast(x, "softsignLowest"), "softsignHighest")
	return k.div(x, k.add(k.abs(x), k.constant("one")))
}

// hardSigmoid needs no more of relu than atLeast: x+3 is never -0.
func (k *activations) hardSigmoid(x vec) vec {
	y := k.atLeast(k.add(x, k.constant("three")), "zero")
	return k.div(k.atMost(y, "six"), k.constant("six"))
}

func (k *activations) hardSigmoid2(x vec) vec {
	y := k.add(k.mul(x, k.constant("fifth")), k.constant("half"))
	return k.atMost(k.atLeast(y, "zero"), "one")
}

func (k *activations) hardSiLU(x vec) vec {
	x = k.atLeast(x, "minusThree")
	return k.mul(x, k.hardSigmoid(x))
}

func (k *activations) hardTanh(x vec) vec {
	return k.atMost(k.atLeast(x, "minusOne"), "one")
}

func (k *activations) squarePlus(x, b vec) vec {
	a, half, zero := k.abs(x), k.constant("half"), k.constant("zero")
	noB := k.compare(b, isEqual, zero)
	root := k.sqrt(k.fma213(k.copyOf(x), x, b))
	root = k.choose(k.compare(root, isGreater, k.constant("maxFloat")), a, root)
	root = k.choose(noB, a, root)
	y := k.fma231(root, half, k.mul(a, half))
	rest := k.div(k.mul(b, k.constant("quarter")), y)
	rest = k.choose(noB, zero, rest)
	return k.choose(k.compare(x, isLess, zero), rest, y)
}
