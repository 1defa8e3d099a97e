package generic

// log(1+u) = u + u^2 * polynomial(u) on [0, 1] to 2^-29.
const (
	log1p0 = -0x1.fffffep-02
	log1p1 = 0x1.555494p-02
	log1p2 = -0x1.ffdc0cp-03
	log1p3 = 0x1.981b4p-03
	log1p4 = -0x1.4c81e4p-03
	log1p5 = 0x1.042aecp-03
	log1p6 = -0x1.619ac4p-04
	log1p7 = 0x1.6e2434p-05
	log1p8 = -0x1.e7c9cep-07
	log1p9 = 0x1.30127p-09
)

// log1pUnit returns log(1+u) for 0 <= u <= 1. Error below 1 ulp.
func log1pUnit(u float32) float32 {
	q := FMA(log1p9, u, log1p8)
	q = FMA(q, u, log1p7)
	q = FMA(q, u, log1p6)
	q = FMA(q, u, log1p5)
	q = FMA(q, u, log1p4)
	q = FMA(q, u, log1p3)
	q = FMA(q, u, log1p2)
	q = FMA(q, u, log1p1)
	q = FMA(q, u, log1p0)
	return FMA(u*u, q, u)
}

// softplus returns log(1 + exp(x)) as max(x, 0) + log(1 + exp(-|x|)). Error below
// 1.9 ulp.
func softplus(x float32) float32 {
	l := log1pUnit(exp(-abs(x)))
	if x < 0 {
		x = 0
	}
	return x + l
}

// logSigmoid returns log(sigmoid(x)) = -softplus(-x), with its error.
func logSigmoid(x float32) float32 { return -softplus(-x) }
