package kernels

import (
	"errors"
	"strings"
	"testing"
)

func TestSelect(t *testing.T) {
	w := NewWorkers(2)
	for _, kind := range Supported() {
		b, err := Select(kind, FP32, w)
		if err != nil || b.Name() != kind || b.Workers() != w {
			t.Errorf("Select(%q) = %v, %v", kind, b, err)
		}
	}
	if _, err := Select("cuda", FP32, w); !errors.Is(err, ErrUnknownKind) {
		t.Errorf("unknown kind: %v", err)
	}
	if b, err := Select("", FP32, w); err != nil || b.Name() != Supported()[0] {
		t.Errorf("Select of nothing = %v, %v", b, err)
	}
}

func TestDefaultHonoursEnvironment(t *testing.T) {
	t.Setenv(Environment, Generic)
	if b, err := Default(FP32, NewWorkers(1)); err != nil || b.Name() != Generic {
		t.Errorf("generic forced: %v, %v", b, err)
	}
	t.Setenv(Environment, "sse")
	_, err := Default(FP32, NewWorkers(1))
	if !errors.Is(err, ErrUnknownKind) || !strings.Contains(err.Error(), "REALNET_KERNEL=sse") {
		t.Errorf("unknown kind forced: %v", err)
	}
}

// TestTooShort: the assembly checks nothing, so every operand is checked before.
func TestTooShort(t *testing.T) {
	c := Conv{N: 1, H: 4, W: 4, Cin: 16, Cout: 16, K: 3, Stride: 1, Pad: 1}
	x, w := make([]float32, c.InLen()), make([]float32, c.WeightLen())
	for _, kind := range Supported() {
		b, err := Select(kind, FP32, NewWorkers(1))
		if err != nil {
			t.Fatal(err)
		}
		for name, f := range map[string]func(){
			"y":      func() { b.ConvForward(x[:1], x, w, c) },
			"x":      func() { b.ConvForward(x, x[:1], w, c) },
			"w":      func() { b.ConvForward(x, x, w[:1], c) },
			"shape":  func() { b.ConvForward(x, x, w, Conv{}) },
			"filter": func() { b.ConvForward(x, x, w, Conv{N: 1, H: 2, W: 2, Cin: 1, Cout: 1, K: 3, Stride: 1}) },
			"norm":   func() { b.BatchNormEval(x, x, nil, w, w, w, w[:15], Norm{Rows: 16, C: 16, Eps: 1e-5}) },
			"pool":   func() { b.MaxPoolForward(x[:3], x, Pool{N: 1, H: 4, W: 4, C: 16, K: 2, Stride: 2}) },
			"linear": func() { b.LinearForward(x, x, w, x[:1], Linear{N: 1, In: 16, Out: 16}) },
			"add":    func() { b.Add(x, x, x[:3]) },
			"adam":   func() { b.AdamStep(x, x, x, x[:3], Adam{Step: 1}) },
			"step":   func() { b.AdamStep(x, x, x, x, Adam{}) },
		} {
			func() {
				defer func() {
					if recover() == nil {
						t.Errorf("%s: %s: no panic", kind, name)
					}
				}()
				f()
			}()
		}
	}
}
