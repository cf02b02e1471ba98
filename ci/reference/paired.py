#!/usr/bin/env python3
"""Values of TestPairedProportions (stages/stats/paired_test.go).

Newcombe's interval of the difference of two paired proportions (method 10 of Statistics in
Medicine 17:2635) from scipy's Wilson intervals, and McNemar's exact test of statsmodels.
"""
from math import sqrt

from scipy.stats import binomtest
from statsmodels.stats.contingency_tables import mcnemar


def interval(both, gained, lost, neither):
    n = both + gained + lost + neither
    p1, p2 = (both + gained) / n, (both + lost) / n
    one = binomtest(both + gained, n).proportion_ci(method="wilson")
    two = binomtest(both + lost, n).proportion_ci(method="wilson")
    margins = (both + gained) * (lost + neither) * (both + lost) * (gained + neither)
    excess = both * neither - gained * lost
    if excess > 0:
        excess = max(0, excess - n / 2)
    phi = excess / sqrt(margins) if margins else 0

    def join(a, b):
        return sqrt(a * a - 2 * phi * a * b + b * b)

    return p1 - p2 - join(p1 - one.low, two.high - p2), p1 - p2 + join(one.high - p1, p2 - two.low)


for table in [(36, 12, 2, 0), (20, 12, 2, 16), (0, 12, 2, 36), (1, 1, 7, 12), (14, 5, 0, 22), (59, 6, 16, 80), (30, 4, 4, 2)]:
    low, high = interval(*table)
    p = mcnemar([table[:2], table[2:]], exact=True).pvalue
    print(table, f"{low:.10f} {high:.10f} {p:.10f}")

# TestAdjustedWald: Bonett and Price (2012) from the 2 x 2 table, one more on either side.
for table in [(36, 12, 2, 0), (1, 1, 7, 12), (59, 6, 16, 80), (30, 0, 0, 2)]:
    both, gained, lost, neither = table
    n = sum(table) + 2
    p12, p21 = (gained + 1) / n, (lost + 1) / n
    half = 1.959963984540054 * sqrt((p12 + p21 - (p12 - p21) ** 2) / n)
    print(table, f"{p12 - p21 - half:.10f} {p12 - p21 + half:.10f}")
