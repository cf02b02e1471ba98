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
func benchmarkLayers(b *testing.B, p Precision, layers []layer) {
	for _, kind := range Supported() {
		if kind == Generic {
			continue
		}
		k, err := Select(kind, p, NewWorkers(0))
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

func BenchmarkConv(b *testing.B)       { benchmarkLayers(b, FP32, cornetLayers(16, 64, 224)) }
func BenchmarkConvBF16(b *testing.B)   { benchmarkLayers(b, BF16, cornetLayers(16, 64, 224)) }
func BenchmarkConvNarrow(b *testing.B) { benchmarkLayers(b, FP32, cornetLayers(16, 8, 64)) }

// BenchmarkTile is the micro-kernel alone, its operands in the first cache
// level: the peak that the rest is measured against.
func BenchmarkTile(b *testing.B) {
	for i := range 2 * len(Supported()) {
		kind, p := Supported()[i/2], []Precision{FP32, BF16}[i%2]
		k, _ := Select(kind, p, NewWorkers(1))
		v, ok := k.(*blocked)
		if !ok || p == BF16 && v.operands != pairs16 {
			continue
		}
		const depth = 128 // words
		for _, t := range v.byRows {
			a, bp, c := values(t.rows*(depth+16)), values(depth*32), values(t.rows*32)
			for i, f := range []tileFunc{t.wide, t.half} {
				n := v.width() >> i
				b.Run(fmt.Sprintf("%s/%s/%dx%d", kind, p, t.rows, n), func(b *testing.B) {
					cpu := cpuSeconds()
					for b.Loop() {
						f(depth, &a[0], 4*(depth+16), &bp[0], int64(4*n), &c[0], int64(4*n), int64(t.rows), int64(n), 1)
					}
					cpu = cpuSeconds() - cpu
					terms := depth * depth / v.words(depth)
					b.ReportMetric(2*float64(t.rows*n*terms)/1e9*float64(b.N)/cpu, "GFLOP/cpu-s")
				})
			}
		}
	}
}

// benchmarkBytes times memory-bound operations; GB/s counts every operand once.
func benchmarkBytes(b *testing.B, name string, floats int, f func()) {
	b.Run(name, func(b *testing.B) {
		f()
		cpu := cpuSeconds()
		for b.Loop() {
			f()
		}
		cpu = cpuSeconds() - cpu
		b.ReportMetric(cpu/float64(b.N)*1e3, "cpu-ms/op")
		b.ReportMetric(4*float64(floats)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GB/s")
	})
}

func BenchmarkMemoryBound(b *testing.B) {
	for _, kind := range Supported() {
		k, _ := Select(kind, FP32, NewWorkers(0))
		for _, n := range []Norm{{Rows: 16 * 112 * 112, C: 64, ReLU: true}, {Rows: 16 * 56 * 56, C: 512, ReLU: true}, {Rows: 16 * 7 * 7, C: 2048, ReLU: true}, {Rows: 16 * 32 * 32, C: 8, ReLU: true}} {
			n.Eps = 1e-5
			size := n.Rows * n.C
			x, y, dy, dx := values(size), values(size), values(size), values(size)
			gamma, beta, mean, variance, dg, db := values(n.C), values(n.C), values(n.C), values(n.C), values(n.C), values(n.C)
			name := fmt.Sprintf("%s/norm %dx%d", kind, n.Rows, n.C)
			benchmarkBytes(b, name+"/train", 2*size, func() { k.BatchNormTrain(y, x, nil, gamma, beta, mean, variance, n) })
			benchmarkBytes(b, name+"/backward", 4*size, func() { k.BatchNormBackward(dx, nil, dg, db, dy, y, x, gamma, mean, variance, n) })
		}
		p := Pool{N: 16, H: 112, W: 112, C: 64, K: 3, Stride: 2, Pad: 1}
		x, dx, y, dy := values(p.InLen()), values(p.InLen()), values(p.OutLen()), values(p.OutLen())
		benchmarkBytes(b, kind+"/max pool/forward", len(x)+len(y), func() { k.MaxPoolForward(y, x, p) })
		benchmarkBytes(b, kind+"/max pool/backward", 2*len(x)+2*len(y), func() { k.MaxPoolBackward(dx, dy, x, y, p) })
		benchmarkBytes(b, kind+"/add", 3*len(x), func() { k.Add(dx, dx, x) })
		l := Linear{N: 16, In: 200704, Out: 128}
		w, in, out := values(l.In*l.Out), values(l.N*l.In), values(l.N*l.Out)
		benchmarkBytes(b, kind+"/linear/forward", len(w)+len(in), func() { k.LinearForward(out, in, w, nil, l) })
		benchmarkBytes(b, kind+"/linear/data", len(w)+len(in), func() { k.LinearBackwardData(in, out, w, l) })
		benchmarkBytes(b, kind+"/linear/weights", len(w)+len(in), func() { k.LinearBackwardWeights(w, nil, in, out, l) })
		a := DefaultAdam(1e-4)
		a.Step = 1
		g, m, v := values(len(w)), values(len(w)), make([]float32, len(w))
		benchmarkBytes(b, kind+"/adam", 7*len(w), func() { k.AdamStep(w, m, v, g, a) })
	}
}
