package synth

import (
	"fmt"
	"strconv"

	"realnet/data/bids"
)

// Kinds of events, as ds001506 numbers them.
const (
	shown    = 1
	repeated = 2 // one-back
	before   = -1
	after    = -3
)

// event is a part of a run; image counts through the training and then the test images,
// -1 at rest.
type event struct {
	kind, image     int
	onset, duration float64
}

// scanRun is one run to be made.
type scanRun struct {
	name   string // BIDS name without suffix
	folder string
	events []event
}

// runs plans the runs of a subject: every repetition shows all images of a subset once,
// in an order of its own, cut into runs of equal length (or one less).
func (s *study) runs(subject int) []scanRun {
	f := s.FMRI
	plan := func(subset, session string, first, n, repetitions, sessions int) []scanRun {
		var list []scanRun
		for repetition := range repetitions {
			r := stream(s.Seed, "order", subset, "subject", subject, repetition)
			order := r.Perm(n)
			runs := (n + f.RunImages - 1) / f.RunImages
			for k := range runs {
				var shownImages []int
				for _, i := range order[k*n/runs : (k+1)*n/runs] {
					shownImages = append(shownImages, first+i)
				}
				again := map[int]bool{}
				for _, i := range r.Perm(len(shownImages))[:min(f.RunRepeats, len(shownImages))] {
					again[i] = true
				}
				list = append(list, scanRun{events: f.events(shownImages, again)})
			}
		}
		counts := map[int]int{}
		for i := range list {
			ses := i*sessions/len(list) + 1
			counts[ses]++
			sub := subjectLabel(subject)
			label := fmt.Sprintf("%s%02d", session, ses)
			list[i].folder = fmt.Sprintf("sub-%s/ses-%s/func", sub, label)
			list[i].name = fmt.Sprintf("sub-%s_ses-%s_task-perception_run-%02d", sub, label, counts[ses])
		}
		return list
	}
	return append(
		plan("train", "perceptionNaturalImageTraining", 0, len(s.train), f.TrainRepetitions, f.TrainSessions),
		plan("test", "perceptionNaturalImageTest", len(s.train), len(s.test), f.TestRepetitions, f.TestSessions)...)
}

func subjectLabel(subject int) string { return fmt.Sprintf("%02d", subject+1) }

func (f FMRI) events(images []int, again map[int]bool) []event {
	list := []event{{before, -1, 0, f.RestBefore}}
	at := f.RestBefore
	for i, image := range images {
		list = append(list, event{shown, image, at, f.Block})
		at += f.Block
		if again[i] {
			list = append(list, event{repeated, image, at, f.Block})
			at += f.Block
		}
	}
	return append(list, event{after, -1, at, f.RestAfter})
}

// volumes of a run.
func (r scanRun) volumes(tr float64) int {
	last := r.events[len(r.events)-1]
	return int((last.onset+last.duration)/tr + 0.5)
}

// table is the run's events.tsv, with the columns of ds001506.
func (s *study) table(r scanRun) (*bids.Events, error) {
	t := bids.NewEvents("event_type", "stimulus_id", "stimulus_name", "category_index", "image_index", "response_time")
	for _, e := range r.events {
		cells := []string{strconv.Itoa(e.kind), "n/a", "n/a", "n/a", "n/a", "n/a"}
		if e.image >= 0 {
			o := s.image(e.image)
			cells = []string{strconv.Itoa(e.kind), strconv.Itoa(e.image + 1), o.name, strconv.Itoa(o.class + 1), strconv.Itoa(e.image + 1), "n/a"}
			if e.kind == repeated {
				cells[5] = strconv.FormatFloat(e.onset+0.8, 'f', -1, 64) // the subject presses a button
			}
		}
		if err := t.Add(e.onset, e.duration, cells...); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// image is an object by its number in the runs.
func (s *study) image(i int) object {
	if i < len(s.train) {
		return s.train[i]
	}
	return s.test[i-len(s.train)]
}
