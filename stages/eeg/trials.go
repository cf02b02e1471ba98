package eeg

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"realnet/artifacts/schemas/epochs"
	"realnet/stages/analysis/eeg"
)

// trials are single trials as people have them: in any order, of some conditions more
// than of others.
type trials struct {
	conditions []string // of each trial
	channels   []string
	seconds    []float64
	values     []float32 // trials x channels x times
}

// recording orders trials by condition, in byte order of their names, and gives every
// condition as many as the one with the fewest, as the parameters say.
func (t trials) recording(p Params) (*recording, error) {
	of := map[string][]int{}
	var names []string
	for i, c := range t.conditions {
		if of[c] == nil {
			names = append(names, c)
		}
		of[c] = append(of[c], i)
	}
	if len(names) < 2 {
		return nil, fmt.Errorf("%d conditions in %d trials: two or more are compared", len(names), len(t.conditions))
	}
	slices.Sort(names)
	least, most := math.MaxInt, 0
	fewest := ""
	for _, c := range names {
		if n := len(of[c]); n < least {
			least, fewest = n, c
		}
		most = max(most, len(of[c]))
	}
	if least < most && p.Unequal == Refuse {
		return nil, fmt.Errorf("condition %q has %d trials, others up to %d: choose eeg.unequal: least, average or bootstrap", fewest, least, most)
	}
	size := len(t.channels) * len(t.seconds)
	r := &recording{
		Epochs:   eeg.Epochs{Conditions: len(names), Repetitions: least, Channels: len(t.channels), Times: len(t.seconds), Data: make([]float32, 0, len(names)*least*size)},
		channels: t.channels, seconds: t.seconds,
	}
	sum := make([]float64, size)
	for _, c := range names {
		for _, group := range pseudoTrials(of[c], least, p.Unequal, p.Seed, c) {
			if len(group) == 1 {
				r.Data = append(r.Data, t.values[group[0]*size:(group[0]+1)*size]...)
				continue
			}
			clear(sum)
			for _, i := range group {
				for k, v := range t.values[i*size : (i+1)*size] {
					sum[k] += float64(v)
				}
			}
			for _, v := range sum {
				r.Data = append(r.Data, float32(v/float64(len(group))))
			}
		}
	}
	r.names = func() ([]epochs.Condition, error) {
		out := make([]epochs.Condition, len(names))
		for i, c := range names {
			out[i].Name = c
		}
		return out, nil
	}
	return r, nil
}

// pseudoTrials makes n of a condition's trials: each is the trials that are averaged. No
// trial is in two of them, so that folds of a cross-validation share none. What is drawn
// depends on the seed and the condition alone.
func pseudoTrials(of []int, n int, how string, seed uint64, condition string) [][]int {
	out := make([][]int, n)
	if len(of) == n {
		for i := range out {
			out[i] = of[i : i+1]
		}
		return out
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(condition))
	r := rand.New(rand.NewPCG(seed, h.Sum64()))
	order := slices.Clone(of)
	r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	if how == Least {
		kept := order[:n]
		slices.Sort(kept)
		for i := range out {
			out[i] = kept[i : i+1]
		}
		return out
	}
	for i, trial := range order {
		out[i%n] = append(out[i%n], trial)
	}
	for i, group := range out {
		slices.Sort(group)
		if how == Bootstrap {
			drawn := make([]int, len(group))
			for k := range drawn {
				drawn[k] = group[r.IntN(len(group))]
			}
			out[i] = drawn
		}
	}
	return out
}

// keepChannels leaves the channels that the parameters name.
func (t *trials) keepChannels(patterns []string) error {
	var keep []int
	var names []string
	for i, name := range t.channels {
		if matches(patterns, name) {
			keep, names = append(keep, i), append(names, name)
		}
	}
	if len(keep) == 0 {
		return fmt.Errorf("no channel matches %q (channels: %s)", patterns, strings.Join(t.channels, ", "))
	}
	if len(keep) < len(t.channels) {
		times := len(t.seconds)
		out := t.values[:0]
		for at := 0; at < len(t.values); at += len(t.channels) * times {
			for _, c := range keep {
				out = append(out, t.values[at+c*times:at+(c+1)*times]...)
			}
		}
		t.values, t.channels = out, names
	}
	return nil
}

// setOf is the subset of rows that a set is.
func setOf(set string) string {
	if set == Training {
		return "train"
	}
	return "test"
}
