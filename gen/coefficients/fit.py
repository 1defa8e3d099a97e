"""Fits the polynomials of internal/generic/activation*.go and prints their constants.

The coefficients are float32: from the constant term up, each is rounded and all higher ones
are fitted again, so that they take up what the rounding left.
"""

import sys

import numpy as np
from mpmath import cos, erfc, exp, log, log1p, lu_solve, matrix, mp, mpf, pi, sqrt, tanh

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


TAIL_END, TAIL_MIDDLE = 15, 4


def tail():
    """(a+k) * exp(a^2/2) * P(standard normal > a) in t = (a-k)/(a+k), k = TAIL_MIDDLE.

    Without the factor a+k it would fall like 1/a, and the sum of its terms cancel.
    """
    k = mpf(TAIL_MIDDLE)

    def mills(t):
        a = k * (1 + t) / (1 - t)
        return (a + k) * exp(a * a / 2) * erfc(a / sqrt(2)) / 2

    return Fit(mills, lambda t: 1 / mills(t), -1, (TAIL_END - k) / (TAIL_END + k))


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
        ("geluSlope", to_float32(2 * sqrt(2 / pi))),
        ("geluCubic", to_float32(2 * sqrt(2 / pi) * mpf("0.044715"))),
        ("seluScale", to_float32(mpf("1.0507009873554804934193349852946"))),
        ("seluScaleAlpha", to_float32(mpf("1.0507009873554804934193349852946") * mpf("1.6732632423543772848170429916717"))),
    ]:
        print(f"\t{name} = {literal(value)} // {float(value):.9g}")


if __name__ == "__main__":
    todo = sys.argv[1:]
    for name, fit, degree in [
        ("exp", exponential, 5),
        ("log1p", logarithm, 9),
        ("tail", tail, 9),
        ("shrink", shrink, 7),
    ]:
        if not todo or name in todo:
            show(name, fit(), degree)
    constants()
