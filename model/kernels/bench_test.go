package kernels

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// layer is a convolution of CORnet-S and how often one forward pass runs it.
type layer struct {
	name  string
	c     Conv
	calls int
}

// cornetLayers lists the convolutions of CORnet-S of a width (64 in the paper)
// on size x size images (224).
func cornetLayers(batch, width, size int) []layer {
	conv := func(name string, h, in, out, k, s, calls int) layer {
		return layer{name, Conv{N: batch, H: h, W: h, Cin: in, Cout: out, K: k, Stride: s, Pad: k / 2}, calls}
	}
	h := size / 4
	ls := []layer{conv("V1.conv1", size, 3, width, 7, 2, 1), conv("V1.conv2", h, width, width, 3, 1, 1)}
	in := width
	for i, times := range []int{2, 4, 2} {
		area, c := []string{"V2", "V4", "IT"}[i], in*2
		ls = append(ls,
			conv(area+".conv_input", h, in, c, 1, 1, 1), conv(area+".skip", h, c, c, 1, 2, 1),
			conv(area+".conv1.t0", h, c, 4*c, 1, 1, 1), conv(area+".conv1.t", h/2, c, 4*c, 1, 1, times-1),
			conv(area+".conv2.t0", h, 4*c, 4*c, 3, 2, 1), conv(area+".conv2.t", h/2, 4*c, 4*c, 3, 1, times-1),
			conv(area+".conv3", h/2, 4*c, c, 1, 1, times))
		h, in = h/2, c
	}
	return ls
}

func values(n int) []float32 {
	rng := rand.New(rand.NewPCG(1, 2))
	s := make([]float32, n)
	for i := range s {
		s[i] = rng.Float32() - 0.5
	}
	return s
}

// benchmarkLayers runs the three passes of every layer: GFLOP/s counts direct
// convolution, so Winograd can exceed the processor's peak.
func benchmarkLayers(b *testing.B, layers []layer) {
	for _, kind := range Supported() {
		if kind == Generic {
			continue
		}
		k, err := Select(kind, NewWorkers(0))
		if err != nil {
			b.Fatal(err)
		}
		for _, l := range layers {
			x, w, y := values(l.c.InLen()), values(l.c.WeightLen()), values(l.c.OutLen())
			for pass, f := range map[string]func(){
				"forward": func() { k.ConvForward(y, x, w, l.c) },
				"data":    func() { k.ConvBackwardData(x, y, w, l.c) },
				"weights": func() { k.ConvBackwardWeights(w, x, y, l.c) },
			} {
				b.Run(fmt.Sprintf("%s/%s/%s", kind, l.name, pass), func(b *testing.B) {
					for b.Loop() {
						f()
					}
					b.ReportMetric(l.c.FLOPs()/1e9*float64(b.N)/b.Elapsed().Seconds(), "GFLOP/s")
					b.ReportMetric(0, "ns/op")
					b.ReportMetric(b.Elapsed().Seconds()*1e3/float64(b.N)*float64(l.calls), "ms/pass")
				})
			}
		}
		b.Logf("%s: scratch %d MB", kind, k.ScratchBytes()>>20)
	}
}

func BenchmarkConv(b *testing.B)       { benchmarkLayers(b, cornetLayers(16, 64, 224)) }
func BenchmarkConvNarrow(b *testing.B) { benchmarkLayers(b, cornetLayers(16, 8, 64)) }
