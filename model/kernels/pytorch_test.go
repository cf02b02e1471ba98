package kernels

import (
	"encoding/json"
	"math"
	"os"
	"testing"
)

// Values from PyTorch, made by ci/reference/kernels.py.
type pytorchValues struct {
	Conv []struct {
		Conv
		Y, DX, DW []float32
	}
	Norm []struct {
		Norm
		Residual                                      bool
		Y, DX, DGamma, DBeta, RunningMean, RunningVar []float32
	}
	Pool []struct {
		Pool
		Y, DX []float32
	}
	Linear []struct {
		Linear
		Y, DX, DW, DB []float32
	}
	Adam []struct {
		N, Steps int
		LR       float64
		P, M, V  []float32
	}
}

func wave(seed, scale float64, n int) []float32 {
	s := make([]float32, n)
	for i := range s {
		s[i] = float32(scale * math.Sin(float64(i)*0.37+seed))
	}
	return s
}

// like compares a result with the values kept of it.
func like(t *testing.T, what string, got, want []float32, tolerance float64) {
	t.Helper()
	step := max(1, len(got)/200)
	var kept []float32
	for i := 0; i < len(got); i += step {
		kept = append(kept, got[i])
	}
	if len(kept) != len(want) {
		t.Fatalf("%s: %d values, PyTorch %d", what, len(kept), len(want))
	}
	if d := distance(kept, want); !(d <= tolerance) {
		t.Errorf("%s: %.2e from PyTorch", what, d)
	}
}

func TestAgainstPyTorch(t *testing.T) {
	text, err := os.ReadFile("testdata/pytorch.json")
	if err != nil {
		t.Fatal(err)
	}
	var want pytorchValues
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	for _, kind := range Supported() {
		b, err := Select(kind, FP32, NewWorkers(2))
		if err != nil {
			t.Fatal(err)
		}
		t.Run(kind, func(t *testing.T) { compareWithPyTorch(t, b, &want) })
	}
}

func compareWithPyTorch(t *testing.T, b Backend, want *pytorchValues) {
	const tolerance = 5e-6 // float32 sums in another order
	for _, v := range want.Conv {
		c := v.Conv
		x, w, dy := wave(1, 1, c.InLen()), wave(2, 1, c.WeightLen()), wave(3, 1, c.OutLen())
		y, dx, dw := make([]float32, c.OutLen()), make([]float32, c.InLen()), make([]float32, c.WeightLen())
		b.ConvForward(y, x, w, c)
		b.ConvBackwardData(dx, dy, w, c)
		b.ConvBackwardWeights(dw, x, dy, c)
		like(t, "convolution y", y, v.Y, tolerance)
		like(t, "convolution dx", dx, v.DX, tolerance)
		like(t, "convolution dw", dw, v.DW, tolerance)
	}
	for _, v := range want.Norm {
		n := v.Norm
		n.Eps = 1e-5
		size := n.Rows * n.C
		x, gamma, beta, dy := wave(1, 1, size), wave(3, 1, n.C), wave(4, 1, n.C), wave(5, 1, size)
		for i := range x {
			x[i] += 3
		}
		var res, dres []float32
		if v.Residual {
			res, dres = wave(2, 1, size), make([]float32, size)
		}
		y, dx := make([]float32, size), make([]float32, size)
		mean, variance, dg, db := make([]float32, n.C), make([]float32, n.C), make([]float32, n.C), make([]float32, n.C)
		b.BatchNormTrain(y, x, res, gamma, beta, mean, variance, n)
		b.BatchNormBackward(dx, dres, dg, db, dy, y, x, gamma, mean, variance, n)
		rm, rv := make([]float32, n.C), make([]float32, n.C)
		for i := range rv {
			rv[i] = 1
		}
		UpdateRunning(rm, rv, mean, variance, n.Rows, 0.1)
		like(t, "norm y", y, v.Y, tolerance)
		like(t, "norm dx", dx, v.DX, 2e-5)
		like(t, "norm dgamma", dg, v.DGamma, tolerance)
		like(t, "norm dbeta", db, v.DBeta, tolerance)
		like(t, "norm running mean", rm, v.RunningMean, tolerance)
		like(t, "norm running variance", rv, v.RunningVar, tolerance)
	}
	for _, v := range want.Pool {
		p := v.Pool
		x, dy := wave(1, 1, p.InLen()), wave(2, 1, p.OutLen())
		for i := range x {
			x[i] = float32(math.RoundToEven(float64(4 * x[i])))
		}
		y, dx := make([]float32, p.OutLen()), make([]float32, p.InLen())
		b.MaxPoolForward(y, x, p)
		b.MaxPoolBackward(dx, dy, x, y, p)
		like(t, "max pool y", y, v.Y, 0)
		like(t, "max pool dx", dx, v.DX, 1e-7)
	}
	for _, v := range want.Linear {
		l := v.Linear
		x, w, bias, dy := wave(1, 1, l.N*l.In), wave(2, 1, l.In*l.Out), wave(3, 1, l.Out), wave(4, 1, l.N*l.Out)
		y, dx, dw, db := make([]float32, l.N*l.Out), make([]float32, l.N*l.In), make([]float32, l.In*l.Out), make([]float32, l.Out)
		b.LinearForward(y, x, w, bias, l)
		b.LinearBackwardData(dx, dy, w, l)
		b.LinearBackwardWeights(dw, db, x, dy, l)
		like(t, "linear y", y, v.Y, tolerance)
		like(t, "linear dx", dx, v.DX, tolerance)
		like(t, "linear dw", dw, v.DW, tolerance)
		like(t, "linear db", db, v.DB, tolerance)
	}
	for _, v := range want.Adam {
		p, m, s := wave(1, 1, v.N), make([]float32, v.N), make([]float32, v.N)
		for step := range v.Steps {
			a := DefaultAdam(v.LR)
			a.Step = step + 1
			b.AdamStep(p, m, s, wave(10+float64(step), math.Pow(10, -float64(step)), v.N), a)
		}
		like(t, "adam p", p, v.P, 2e-7)
		like(t, "adam m", m, v.M, 2e-7)
		like(t, "adam v", s, v.V, 2e-7)
		exact := 0
		for i := range p {
			if p[i] == v.P[i] && m[i] == v.M[i] && s[i] == v.V[i] {
				exact++
			}
		}
		t.Logf("adam: %d of %d equal PyTorch bit for bit", exact, v.N)
	}
}
