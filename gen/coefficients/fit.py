"""Fits the polynomials and quotients of internal/generic/activation*.go and prints their constants.

The coefficients are float32: from the constant term up, each is rounded and all higher ones
are fitted again, so that they take up what the rounding left.
"""

import sys

import numpy as np
from mpmath import cos, erf, log, log1p, lu_solve, matrix, mp, mpf, pi, sqrt, tanh

mp.dps = 60
NODES = 200


def to_float32(x):
    """The float32 nearest to x. Two roundings, but the second sees 53 bits of x."""
    return np.float32(float(x))


def literal(x):
    """Go's hexadecimal literal of a float32, without the zeros that float.hex appends."""
    mantissa, exponent = float(x).hex().split("p")
    mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}p{int(exponent):+03d}"


def horner(c, x):
    y = mpf(0)
    for a in reversed(c):
        y = y * x + a
    return y


class Fit:
    """Approximates f by c[0] + c[1] x + ... on [lo, hi], keeping |weight * error| small.

    Least squares at Chebyshev nodes comes close to minimax, and unlike the
    Remez exchange it does not mind that the terms left to fit vanish at 0.
    """

    def __init__(self, f, weight, lo, hi):
        lo, hi = mpf(lo), mpf(hi)
        self.x = [lo + (hi - lo) * (1 - cos(pi * (i + mpf(1) / 2) / NODES)) / 2 for i in range(NODES)]
        self.f = [f(x) for x in self.x]
        self.w = [weight(x) for x in self.x]

    def solve(self, known, free):
        """The next free coefficients after the known ones."""
        rows = [[w * x ** (len(known) + k) for k in range(free)] for x, w in zip(self.x, self.w)]
        rest = [w * (f - horner(known, x)) for x, f, w in zip(self.x, self.f, self.w)]
        return lu_solve(matrix(rows), matrix(rest))  # overdetermined: the least squares

    def float32(self, degree):
        known = []
        for k in range(degree + 1):
            known.append(mpf(float(to_float32(self.solve(known, degree + 1 - k)[0]))))
        errors = [w * (f - horner(known, x)) for x, f, w in zip(self.x, self.f, self.w)]
        return known, max(abs(e) for e in errors)


def show(name, fit, degree):
    c, err = fit.float32(degree)
    print(f"// {name}: error 2^{float(log(err, 2)):.1f}")
    for k, a in enumerate(c):
        print(f"\t{name}{k} = {literal(a)} // {float(a):.9g}")
    print(flush=True)


def exponential():
    half = log(2) / 2 * mpf("1.001")
    series = lambda r: sum(r**k / mp.factorial(k + 2) for k in range(30))
    return Fit(series, lambda r: mpf(1), -half, half)


def logarithm():
    series = lambda u: (log1p(u) - u) / u**2 if u > 1e-10 else mpf(-1) / 2
    return Fit(series, lambda u: u + mpf(1) / 16, 0, 1)


class RationalFit:
    """Approximates f, odd, by x P(v)/Q(v) with v = x^2 and Q(0) = 1 on [0, end].

    With the denominator of the round before as a weight the error is linear in the
    coefficients; weighing each node again by its error (Lawson) leads from least
    squares towards minimax.
    """

    NODES, ROUNDS = 100, 8

    def __init__(self, f, end):
        n, end = self.NODES, mpf(end)
        self.x = [end * (1 - cos(pi * (i + mpf(1) / 2) / n)) / 2 for i in range(n)]
        self.f = [f(x) for x in self.x]

    def solve(self, above, below):
        """Coefficients of v^0..above in P and v^1..below in Q, and the error."""
        weights, denominators, best = [mpf(1)] * self.NODES, [mpf(1)] * self.NODES, None
        for _ in range(self.ROUNDS):
            rows, rest = [], []
            for x, y, w, d in zip(self.x, self.f, weights, denominators):
                scale, v = sqrt(w) / d, x * x
                rows.append([scale * x * v**k for k in range(above + 1)] + [-scale * y * v**k for k in range(1, below + 1)])
                rest.append(scale * y)
            c = list(lu_solve(matrix(rows), matrix(rest)))
            p, q = c[: above + 1], [mpf(1)] + c[above + 1 :]
            denominators = [horner(q, x * x) for x in self.x]
            errors = [abs(x * horner(p, x * x) / d - y) for x, y, d in zip(self.x, self.f, denominators)]
            if best is None or max(errors) < best[0]:
                best = max(errors), p, q[1:]
            total = sum(w * e for w, e in zip(weights, errors))
            weights = [w * e / total * self.NODES + mpf(10) ** -12 for w, e in zip(weights, errors)]
        return best


def first_half(p, q):
    """The first float32 where x P/Q, as package generic computes it, is 1/2."""
    fma = lambda a, b, c: (a.astype(np.float64) * b + np.float64(c)).astype(np.float32)
    x = np.arange(np.float32(4).view(np.uint32), np.float32(6).view(np.uint32), dtype=np.uint32).view(np.float32)
    v = x * x
    above, below = np.full_like(x, p[-1]), np.full_like(x, q[-1])
    for a in reversed(p[:-1]):
        above = fma(above, v, a)
    for b in [*reversed(q[:-1]), 1]:
        below = fma(below, v, b)
    return x[np.argmax(x * above / below >= 0.5)]


def show_rational(name, fit, degree):
    err, p, q = fit.solve(degree, degree)
    p, q = [to_float32(c) for c in p], [to_float32(c) for c in q]
    print(f"// {name}: error 2^{float(log(err, 2)):.1f}")
    for letter, c in (("P", p), ("Q", q)):
        for k, a in enumerate(c):
            print(f"\t{name}{letter}{k} = {literal(a)} // {float(a):.9g}")
    end = first_half(p, q)
    print(f"\t{name}End = {literal(end)} // {float(end):.9g}\n", flush=True)


def gelu():
    """P(a standard normal is below x) - 1/2."""
    return RationalFit(lambda x: erf(x / sqrt(2)) / 2, "5.15")


def gelu_tanh():
    return RationalFit(lambda x: tanh(sqrt(2 / pi) * (x + mpf("0.044715") * x**3)) / 2, "5.2")


def shrink():
    def quotient(v):
        x = sqrt(v)
        return (x - tanh(x)) / x**3 if v > 1e-12 else mpf(1) / 3 - 2 * v / 15

    return Fit(quotient, lambda v: 1 / quotient(v), 0, 1)


def constants():
    """Single numbers, each the nearest float32; *Low is what the one before it lacks."""
    split = lambda x: (to_float32(x), to_float32(x - mpf(float(to_float32(x)))))
    ln2, ln2low = split(log(2))
    for name, value in [
        ("log2e", to_float32(1 / log(2))),
        ("ln2", ln2),
        ("ln2Low", ln2low),
        ("seluScale", to_float32(mpf("1.0507009873554804934193349852946"))),
        ("seluScaleAlpha", to_float32(mpf("1.0507009873554804934193349852946") * mpf("1.6732632423543772848170429916717"))),
    ]:
        print(f"\t{name} = {literal(value)} // {float(value):.9g}")


if __name__ == "__main__":
    todo = sys.argv[1:]
    for name, fit, degree in [
        ("exp", exponential, 5),
        ("log1p", logarithm, 9),
        ("shrink", shrink, 7),
    ]:
        if not todo or name in todo:
            show(name, fit(), degree)
    for name, fit in [("gelu", gelu), ("geluTanh", gelu_tanh)]:
        if not todo or name in todo:
            show_rational(name, fit(), 5)
    constants()
