package inference

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Tail probabilities that keep their relative precision far out. gonum's Student
// t does (1e-13 against scipy to p = 1e-102); its normal survival function
// subtracts from 1 and is 0 beyond p = 1e-16, so that one is written here.

// normalTail is P(Z > z) of the standard normal distribution.
func normalTail(z float64) float64 { return math.Erfc(z/math.Sqrt2) / 2 }

func normalQuantile(p float64) float64 { return distuv.UnitNormal.Quantile(p) }

// tTail is P(T > t) of Student's t with df degrees of freedom.
func tTail(t, df float64) float64 {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}.Survival(t)
}

func tQuantile(p, df float64) float64 {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: df}.Quantile(p)
}

// pOf turns the upper tail of a distribution that is symmetric about 0 into p.
func pOf(statistic float64, alt Alternative, tail func(float64) float64) float64 {
	switch alt {
	case Greater:
		return tail(statistic)
	case Less:
		return tail(-statistic)
	}
	return math.Min(1, 2*tail(math.Abs(statistic)))
}
