package model

import (
	"bytes"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"realnet/model/kernels"
)

// small is a network that trains in milliseconds, with shapes that are not
// multiples of any vector: 3, 6, 12 and 24 channels, 9, 5, 3 and 2 pixels.
func small() Config {
	return Config{Width: 3, Input: 36, Classes: 5, Outputs: 7, Hidden: 6, Layers: slices.Clone(Areas)}
}

func smallTraining() TrainConfig {
	c := DefaultTraining()
	c.Epochs, c.Batch, c.LearningRate, c.Validation, c.Seed = 4, 4, 1e-3, 0.2, 11
	return c
}

func mustNew(t *testing.T, c Config, seed uint64) *Net {
	t.Helper()
	n, err := New(c, seed)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// same says whether two networks are equal, bit for bit.
func same(a, b *Net) string {
	for i, w := range a.weights {
		for j, v := range w.values {
			if math.Float32bits(v) != math.Float32bits(b.weights[i].values[j]) {
				return w.name
			}
		}
	}
	return ""
}

func sameHistory(a, b *History) bool {
	return slices.Equal(a.Steps, b.Steps) && slices.EqualFunc(a.Epochs, b.Epochs, func(x, y Epoch) bool {
		return x.Train == y.Train && (x.Validation == nil) == (y.Validation == nil) &&
			(x.Validation == nil || *x.Validation == *y.Validation)
	})
}

// A training that is stopped after every epoch, stored, read back and resumed
// on a network with other weights ends where one that ran through ends.
func TestResumedTrainingIsBitIdentical(t *testing.T) {
	data := randomData(small(), 19)
	through := mustNew(t, small(), 3)
	want, err := Train(t.Context(), through, data, smallTraining(), Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	var stored []byte
	var last *Net
	for killed := range 4 {
		net := mustNew(t, small(), 3)
		h := Hooks{}
		if stored != nil {
			net = mustNew(t, small(), 99)
			if h.Resume, err = ReadState(bytes.NewReader(stored)); err != nil {
				t.Fatal(err)
			}
		}
		ctx, kill := context.WithCancel(t.Context())
		h.Epoch = func(s *State) error {
			var b bytes.Buffer
			n, err := s.WriteTo(&b)
			if int(n) != b.Len() {
				t.Errorf("WriteTo says %d bytes, wrote %d", n, b.Len())
			}
			stored = b.Bytes()
			if s.Epoch != killed+1 {
				t.Errorf("state of epoch %d, want %d", s.Epoch, killed+1)
			}
			kill()
			return err
		}
		got, err := Train(ctx, net, data, smallTraining(), h)
		if killed < 3 {
			if !errors.Is(err, context.Canceled) {
				t.Fatalf("killed training: %v", err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if !sameHistory(want, got) {
			t.Error("the losses differ")
		}
		if _, err := Train(t.Context(), net, data, smallTraining(), h); !errors.Is(err, ErrResume) {
			t.Errorf("a used state: %v", err)
		}
		last = net
	}
	if name := same(through, last); name != "" {
		t.Errorf("%s differs", name)
	}
}

func TestStateRefusesDamageAndOtherTrainings(t *testing.T) {
	data := randomData(small(), 9)
	var b bytes.Buffer
	cfg := smallTraining()
	cfg.Epochs = 1
	if _, err := Train(t.Context(), mustNew(t, small(), 3), data, cfg, Hooks{Epoch: func(s *State) error {
		_, err := s.WriteTo(&b)
		return err
	}}); err != nil {
		t.Fatal(err)
	}
	whole := b.Bytes()
	r := rand.New(rand.NewPCG(1, 1))
	for range 50 {
		damaged := slices.Clone(whole)
		if r.IntN(2) == 0 {
			damaged = damaged[:r.IntN(len(damaged))]
		} else {
			damaged[r.IntN(len(damaged))] ^= 1 << r.IntN(8)
		}
		if _, err := ReadState(bytes.NewReader(damaged)); !errors.Is(err, ErrState) {
			t.Fatalf("damaged state: %v", err)
		}
	}
	state, err := ReadState(bytes.NewReader(whole))
	if err != nil {
		t.Fatal(err)
	}
	other := cfg
	other.Beta++
	if _, err := Train(t.Context(), mustNew(t, small(), 3), data, other, Hooks{Resume: state}); !errors.Is(err, ErrResume) {
		t.Errorf("resumed with another beta: %v", err)
	}
	data.Targets[0]++
	if _, err := Train(t.Context(), mustNew(t, small(), 3), data, cfg, Hooks{Resume: state}); !errors.Is(err, ErrResume) {
		t.Errorf("resumed with other targets: %v", err)
	}
}

func TestWorkersDoNotChangeAnything(t *testing.T) {
	for _, kind := range kernels.Supported() {
		data := randomData(Narrow(12, 20), 10)
		var first *Net
		var course *History
		for _, workers := range []int{1, 2, 3} {
			cfg := smallTraining()
			cfg.Epochs, cfg.Batch, cfg.Compute = 1, 4, Compute{Workers: workers, Kernel: kind}
			net := mustNew(t, Narrow(12, 20), 3)
			h, err := Train(t.Context(), net, data, cfg, Hooks{})
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first, course = net, h
				continue
			}
			if name := same(first, net); name != "" || !sameHistory(course, h) {
				t.Errorf("%s: %d workers differ from 1 in %q", kind, workers, name)
			}
		}
	}
}

// Networks are independent: several train at once, to the same end.
func TestTrainingsSideBySide(t *testing.T) {
	data := randomData(small(), 8)
	nets := make([]*Net, 4)
	var wg sync.WaitGroup
	for i := range nets {
		nets[i] = mustNew(t, small(), 3)
		wg.Go(func() {
			if _, err := Train(t.Context(), nets[i], data, smallTraining(), Hooks{}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, n := range nets[1:] {
		if name := same(nets[0], n); name != "" {
			t.Errorf("%s differs", name)
		}
	}
}

// Issue 4: the same run on the three kernels agrees within 1e-4.
func TestKernelsAgree(t *testing.T) {
	var want *History
	var features []float32
	for _, kind := range kernels.Supported() {
		ref, net, data := fixture(t, "narrow")
		c := Compute{Kernel: kind}
		h, err := Train(t.Context(), net, data, TrainConfig{
			Epochs: 3, Batch: ref.Batch, LearningRate: ref.Rate, Beta: ref.Beta, Square: true,
			Contrastive: Live, Teacher: Argmax, BNUpdates: 1, Compute: c,
		}, Hooks{})
		if err != nil {
			t.Fatal(err)
		}
		var got []float32
		if err := Activations(t.Context(), net, data.Images, everyLayer(), 3, c, func(_ string, _ int, f []float32) error {
			got = append(got, f...)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want, features = h, got
			continue
		}
		for i, s := range h.Steps {
			if d := math.Abs(s.Losses.Total/want.Steps[i].Losses.Total - 1); !(d < 1e-4) {
				t.Errorf("%s: loss of step %d differs by %.2g", kind, i+1, d)
			}
		}
		if d := distance(got, features); !(d < 1e-4) {
			t.Errorf("%s: activations after training differ by %.2g", kind, d)
		}
	}
}

// distance is |a-b|/|b|.
func distance(a, b []float32) float64 {
	if len(a) != len(b) {
		return math.Inf(1)
	}
	var diff, ref float64
	for i := range a {
		d := float64(a[i]) - float64(b[i])
		diff += d * d
		ref += float64(b[i]) * float64(b[i])
	}
	return math.Sqrt(diff / ref)
}

func TestVariants(t *testing.T) {
	data := randomData(small(), 12)
	moved := func(net *Net) (trunk, decoder, encoder, running bool) {
		start := mustNew(t, small(), 3)
		start.cfg = net.cfg
		for _, w := range net.weights {
			if slices.Equal(w.values, start.weight(w.name).values) {
				continue
			}
			switch {
			case !w.kind.trainable():
				running = true
			case strings.HasPrefix(w.name, "decoder"):
				decoder = true
			case w.trunk():
				trunk = true
			default:
				encoder = true
			}
		}
		return
	}
	for _, c := range []struct {
		name                             string
		set                              func(*TrainConfig)
		trunk, decoder, encoder, running bool
	}{
		{"as described", func(*TrainConfig) {}, true, true, true, true},
		{"control", func(c *TrainConfig) { c.Beta = 0 }, true, true, false, true},
		{"frozen trunk", func(c *TrainConfig) { c.Frozen = true }, false, false, true, false},
		{"no mse", func(c *TrainConfig) { c.Square = false }, true, true, true, true},
		{"detached, no mse", func(c *TrainConfig) { c.Square, c.Contrastive = false, Detached }, true, true, false, true},
		{"no contrastive term", func(c *TrainConfig) { c.Contrastive = None }, true, true, true, true},
	} {
		net := mustNew(t, small(), 3)
		cfg := smallTraining()
		cfg.Epochs = 1
		c.set(&cfg)
		h, err := Train(t.Context(), net, data, cfg, Hooks{})
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		trunk, decoder, encoder, running := moved(net)
		if trunk != c.trunk || decoder != c.decoder || encoder != c.encoder || running != c.running {
			t.Errorf("%s: moved trunk %v, decoder %v, encoder %v, running statistics %v", c.name, trunk, decoder, encoder, running)
		}
		l := h.Steps[0].Losses
		total := l.Class
		if cfg.Square {
			total += cfg.Beta * l.Square
		}
		if cfg.Contrastive != None {
			total += cfg.Beta * l.Contrastive
		}
		if math.Abs(l.Total-total) > 1e-4*math.Abs(total) {
			t.Errorf("%s: total %v, terms add up to %v", c.name, l.Total, total)
		}
	}

	// The released code's two updates of the running statistics change them and nothing else.
	once, twice := mustNew(t, small(), 3), mustNew(t, small(), 3)
	cfg := smallTraining()
	cfg.Epochs = 1
	if _, err := Train(t.Context(), once, data, cfg, Hooks{}); err != nil {
		t.Fatal(err)
	}
	cfg.BNUpdates = 2
	if _, err := Train(t.Context(), twice, data, cfg, Hooks{}); err != nil {
		t.Fatal(err)
	}
	for i, w := range once.weights {
		equal := slices.Equal(w.values, twice.weights[i].values)
		if equal != w.kind.trainable() {
			t.Errorf("%s: equal %v after one and two updates", w.name, equal)
		}
	}
	if n := twice.values("IT.norm1_0.num_batches_tracked")[0]; n != 2*once.values("IT.norm1_0.num_batches_tracked")[0] {
		t.Errorf("num_batches_tracked %v", n)
	}

	one := small()
	one.Layers = []string{V4}
	cfg.Epochs = 1
	if _, err := Train(t.Context(), mustNew(t, one, 3), data, cfg, Hooks{}); err != nil {
		t.Errorf("an encoder of V4 alone: %v", err)
	}
}

func TestPretrainingLearns(t *testing.T) {
	// Two classes that differ in their mean colour.
	cfg := Config{Width: 4, Input: 32, Classes: 2}
	r := rand.New(rand.NewPCG(5, 5))
	const n = 48
	data := Data{Images: Images{Side: 32, Pixels: make([]byte, n*32*32*3)}, Labels: make([]int32, n)}
	for i := range n {
		data.Labels[i] = int32(i % 2)
		for j := range 32 * 32 * 3 {
			data.Images.Pixels[i*32*32*3+j] = byte(r.IntN(128) + 96*int(data.Labels[i]))
		}
	}
	net := mustNew(t, cfg, 1)
	pre := DefaultPretraining()
	pre.Epochs, pre.Batch, pre.Validation = 10, 8, 0.25
	steps := 0
	h, err := Pretrain(t.Context(), net, data, pre, Hooks{Step: func(p Progress) {
		steps++
		if p.Step != steps || p.Left < 0 || p.Steps != 50 || p.Step == p.Steps && p.Left > time.Millisecond {
			t.Errorf("progress %+v", p)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if steps != 50 || len(h.Epochs) != 10 || h.Epochs[9].Train.Class > h.Epochs[0].Train.Class {
		t.Errorf("%d steps, epochs %+v", steps, h.Epochs)
	}
	a, err := Measure(t.Context(), net, data.Images, data.Labels, 10, Compute{})
	if err != nil || a.Top1 < 0.95 || a.Top5 != 1 || len(a.Right) != n {
		t.Errorf("accuracy %.2f, top-5 %.2f, %v", a.Top1, a.Top5, err)
	}
}

func TestDivergenceSaysWhere(t *testing.T) {
	data := randomData(small(), 12)
	cfg := smallTraining()
	cfg.LearningRate = 1e20
	_, err := Train(t.Context(), mustNew(t, small(), 3), data, cfg, Hooks{})
	if !errors.Is(err, ErrDiverged) || !strings.Contains(err.Error(), "epoch 1, step 2 of 3") {
		t.Errorf("a learning rate of 1e20: %v", err)
	}
	for i := range data.Targets {
		data.Targets[i] *= 1e30
	}
	_, err = Train(t.Context(), mustNew(t, small(), 3), data, smallTraining(), Hooks{})
	if !errors.Is(err, ErrDiverged) || !strings.Contains(err.Error(), "mean square is +Inf") {
		t.Errorf("targets of 1e30: %v", err)
	}
}

func TestBatches(t *testing.T) {
	all := make([]int, 17)
	for i := range all {
		all[i] = 100 + i
	}
	for _, c := range []struct {
		n    int
		want []int
	}{{16, []int{4, 4, 4, 4}}, {17, []int{4, 4, 4, 4}}, {15, []int{4, 4, 4, 3}}, {3, []int{3}}, {2, []int{2}}} {
		var sizes, seen []int
		for _, b := range batches(all[:c.n], 4, 7, 0) {
			sizes = append(sizes, len(b))
			seen = append(seen, b...)
		}
		slices.Sort(seen)
		if !slices.Equal(sizes, c.want) || len(slices.Compact(seen)) != len(seen) {
			t.Errorf("%d images: batches of %v", c.n, sizes)
		}
	}
	if slices.Equal(batches(all, 17, 7, 0)[0], batches(all, 17, 7, 1)[0]) {
		t.Error("two epochs in the same order")
	}
	// The study's training: 1200 images are exactly 75 batches of 16.
	if n := len(batches(make([]int, 1200), 16, 1, 0)); n != 75 {
		t.Errorf("1200 images give %d batches", n)
	}
}

func TestShufflePairsLeavesNoneInPlace(t *testing.T) {
	for n := 2; n < 20; n++ {
		y := make([]float32, n)
		for i := range y {
			y[i] = float32(i)
		}
		got, err := shufflePairs(y, n, nil, uint64(n))
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range got {
			if v == y[i] {
				t.Errorf("n = %d: %d keeps its target", n, i)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, y) {
			t.Errorf("n = %d: not a permutation", n)
		}
	}
}

func TestShufflePairsWithinGroups(t *testing.T) {
	const n, k = 30, 2
	groups, y := make([]int32, n), make([]float32, n*k)
	for i := range n {
		groups[i] = int32(i * i % 3) // 0 and 1, of 10 and 20 images
		y[k*i], y[k*i+1] = float32(i), -float32(i)
	}
	got, err := shufflePairs(y, n, groups, 5)
	if err != nil {
		t.Fatal(err)
	}
	var from []int
	for i := range n {
		j := int(got[k*i])
		if j == i || groups[j] != groups[i] || got[k*i+1] != -float32(j) {
			t.Errorf("image %d of group %d has target %v of group %d", i, groups[i], got[k*i:][:k], groups[j])
		}
		from = append(from, j)
	}
	slices.Sort(from)
	if len(slices.Compact(from)) != n {
		t.Errorf("not a permutation: %v", from)
	}
	again, _ := shufflePairs(y, n, groups, 5)
	other, _ := shufflePairs(y, n, groups, 6)
	if !slices.Equal(again, got) || slices.Equal(other, got) {
		t.Error("pairs do not depend on the seed alone")
	}
	one, _ := shufflePairs(y, n, make([]int32, n), 5)
	none, _ := shufflePairs(y, n, nil, 5)
	if !slices.Equal(one, none) {
		t.Error("one group of all images is shuffled otherwise than without groups")
	}
	groups[7] = 9
	if _, err := shufflePairs(y, n, groups, 5); !errors.Is(err, ErrData) {
		t.Errorf("a group of one image: %v", err)
	}
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }
