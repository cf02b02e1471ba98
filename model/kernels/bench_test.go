//go:build unix

package kernels

import (
	"fmt"
	"math/rand/v2"
	"syscall"
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

// cpuSeconds is the processor time that the process has used. On a machine
// shared with others, GFLOP per processor second is the steadier figure.
func cpuSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
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
					f() // touch the scratch memory
					cpu := cpuSeconds()
					for b.Loop() {
						f()
					}
					cpu = cpuSeconds() - cpu
					b.ReportMetric(l.c.FLOPs()/1e9*float64(b.N)/b.Elapsed().Seconds(), "GFLOP/s")
					b.ReportMetric(l.c.FLOPs()/1e9*float64(b.N)/cpu, "GFLOP/cpu-s")
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

// BenchmarkTile is the micro-kernel alone, its operands in the first cache
// level: the peak that the rest is measured against.
func BenchmarkTile(b *testing.B) {
	for _, kind := range Supported() {
		k, _ := Select(kind, NewWorkers(1))
		v, ok := k.(*blocked)
		if !ok {
			continue
		}
		const depth = 128
		for _, t := range v.byRows {
			a, bp, c := values(t.rows*(depth+16)), values(depth*32), values(t.rows*32)
			for i, f := range []tileFunc{t.wide, t.half} {
				n := v.width() >> i
				b.Run(fmt.Sprintf("%s/%dx%d", kind, t.rows, n), func(b *testing.B) {
					cpu := cpuSeconds()
					for b.Loop() {
						f(depth, &a[0], 4*(depth+16), &bp[0], &c[0], int64(4*n), int64(t.rows), int64(n), 1)
					}
					cpu = cpuSeconds() - cpu
					b.ReportMetric(2*float64(t.rows*n*depth)/1e9*float64(b.N)/cpu, "GFLOP/cpu-s")
				})
			}
		}
	}
}
