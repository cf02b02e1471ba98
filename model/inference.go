package model

import (
	"context"
	"fmt"
	"slices"
)

// forward runs programs of one task over images, in order, in batches.
type forward struct {
	e     *engine
	task  task
	batch int
	made  map[int]*program
}

// each calls f with the program that has just run and its images' positions.
func (fw *forward) each(ctx context.Context, im Images, f func(p *program, which []int) error) error {
	all := make([]int, im.Len())
	for i := range all {
		all[i] = i
	}
	if fw.made == nil {
		fw.made = map[int]*program{}
	}
	for which := range slices.Chunk(all, fw.batch) {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("model: image %d: %w", which[0], err)
		}
		p := fw.made[len(which)]
		if p == nil {
			var err error
			if p, err = fw.e.program(len(which), fw.task); err != nil {
				return err
			}
			if err := fw.e.use(p); err != nil {
				return err
			}
			fw.made[len(which)] = p
		}
		im.normalise(p.images, which, fw.e.k.Workers())
		p.tape.run()
		if err := f(p, which); err != nil {
			return err
		}
	}
	return nil
}

// Activations runs the network in evaluation mode on images, batch at a time,
// and calls emit once for every layer and batch, layers in the order given:
// first is the position of the batch's first image, features its rows, n x
// (C*H*W) with every image flattened C, H, W as PyTorch's flatten does. The
// slice is reused. layers: V1, V2, V4, IT, avgpool, logits.
func Activations(ctx context.Context, net *Net, im Images, layers []string, batch int, compute Compute,
	emit func(layer string, first int, features []float32) error,
) error {
	if err := im.check(net.cfg); err != nil {
		return err
	}
	if batch < 1 || len(layers) == 0 {
		return fmt.Errorf("%w: batch %d, layers %v", ErrConfig, batch, layers)
	}
	for _, l := range layers {
		if _, err := net.cfg.Feature(l); err != nil {
			return err
		}
	}
	e, err := newEngine(net, compute)
	if err != nil {
		return err
	}
	var flat []float32
	fw := forward{e: e, task: task{layers: layers}, batch: min(batch, im.Len())}
	return fw.each(ctx, im, func(p *program, which []int) error {
		for _, l := range layers {
			values := p.tape.value(p.out.layer[l])
			flat = slices.Grow(flat[:0], len(values))[:len(values)]
			channelsFirst(flat, values, len(which), net.cfg.feature(l))
			if i := slices.IndexFunc(flat, func(v float32) bool { return v-v != 0 }); i >= 0 {
				return fmt.Errorf("model: %s of image %d has the value %v", l, which[i*len(which)/len(flat)], flat[i])
			}
			if err := emit(l, which[0], flat); err != nil {
				return fmt.Errorf("model: %s: %w", l, err)
			}
		}
		return nil
	})
}

// channelsFirst turns n images H x W x C into C x H x W.
func channelsFirst(dst, src []float32, n int, f Feature) {
	area := f.Side * f.Side
	if area == 1 {
		copy(dst, src)
		return
	}
	for i := range n {
		in, out := src[i*f.Len():][:f.Len()], dst[i*f.Len():][:f.Len()]
		for c := range f.C {
			for p := range area {
				out[c*area+p] = in[p*f.C+c]
			}
		}
	}
}

// argmax is the class that the network gives each image; the first of equals.
func (e *engine) argmax(ctx context.Context, im Images, batch int) ([]int32, error) {
	labels := make([]int32, 0, im.Len())
	fw := forward{e: e, task: task{layers: []string{Logits}}, batch: min(batch, im.Len())}
	err := fw.each(ctx, im, func(p *program, _ []int) error {
		for x := range slices.Chunk(p.tape.value(p.out.logits()), e.net.cfg.Classes) {
			best := 0
			for c, v := range x {
				if v-v != 0 {
					return fmt.Errorf("%w: the teacher's logits of image %d hold %v", ErrDiverged, len(labels), v)
				}
				if v > x[best] {
					best = c
				}
			}
			labels = append(labels, int32(best))
		}
		return nil
	})
	return labels, err
}

// Accuracy is how often the right class is the first, or among the first five.
type Accuracy struct {
	Images     int
	Top1, Top5 float64
	// Right says for each image whether its class came first.
	Right []bool
}

// Measure computes the accuracy in evaluation mode. A class that ties with the
// right one counts as better, so that a constant network scores nothing.
func Measure(ctx context.Context, net *Net, im Images, labels []int32, batch int, compute Compute) (Accuracy, error) {
	a := Accuracy{Images: im.Len()}
	if err := (Data{Images: im, Labels: labels}).check(net.cfg, false, true); err != nil {
		return a, err
	}
	if batch < 1 {
		return a, fmt.Errorf("%w: batch %d", ErrConfig, batch)
	}
	e, err := newEngine(net, compute)
	if err != nil {
		return a, err
	}
	top1, top5 := 0, 0
	fw := forward{e: e, task: task{layers: []string{Logits}}, batch: min(batch, im.Len())}
	err = fw.each(ctx, im, func(p *program, which []int) error {
		logits := p.tape.value(p.out.logits())
		for i, at := range which {
			x := logits[i*net.cfg.Classes:][:net.cfg.Classes]
			right, better := x[labels[at]], 0
			for c, v := range x {
				if v-v != 0 {
					return fmt.Errorf("model: logits of image %d hold %v", at, v)
				}
				if c != int(labels[at]) && v >= right {
					better++
				}
			}
			a.Right = append(a.Right, better == 0)
			if better == 0 {
				top1++
			}
			if better < 5 {
				top5++
			}
		}
		return nil
	})
	a.Top1, a.Top5 = float64(top1)/float64(a.Images), float64(top5)/float64(a.Images)
	return a, err
}
