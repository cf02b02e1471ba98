package synth

import (
	"context"
	"fmt"
	"io"
	"math"

	"realnet/data/array"
	"realnet/data/npy"
)

// channelNames are the occipital and parietal channels of THINGS EEG2.
var channelNames = []string{
	"Pz", "P3", "P7", "O1", "Oz", "O2", "P4", "P8", "P1", "P5", "PO7", "PO3", "POz", "PO4", "PO8", "P6", "P2",
}

// times are seconds from the onset of the image.
func (e EEG) times() []float64 {
	t := make([]float64, e.Times)
	for i := range t {
		t[i] = e.Start + float64(i)/e.Rate
	}
	return t
}

// noisePersistence is the autocorrelation of the noise over 10 ms; half its variance is
// common to all channels.
const noisePersistence = 0.9

// writeEEG writes the files of THINGS EEG2.
func (s *study) writeEEG(ctx context.Context, out *output, workers int) error {
	if s.EEG.Subjects == 0 {
		return nil
	}
	if err := s.writeImageMetadata(out); err != nil {
		return err
	}
	for subject := range s.EEG.Subjects {
		evoked := s.evoked(subject)
		first := 0 // image of the set among evoked
		for _, set := range s.eegSets() {
			shape := []int{len(set.images), set.repetitions, s.EEG.Channels, s.EEG.Times}
			size := shape[1] * shape[2] * shape[3]
			data := make([]float32, shape[0]*size)
			err := parallel(ctx, workers, shape[0], func(i int) error {
				s.record(data[i*size:(i+1)*size], evoked[first+i], subject, first+i)
				return nil
			})
			if err != nil {
				return err
			}
			first += len(set.images)
			entries := []npy.Entry{
				{Key: "preprocessed_eeg_data", Array: array.Of(shape, data)},
				{Key: "ch_names", Strings: channelNames[:s.EEG.Channels]},
				{Key: "times", Array: array.Of([]int{s.EEG.Times}, s.EEG.times())},
			}
			name := fmt.Sprintf("eeg/sub-%s/preprocessed_eeg_%s.npy", subjectLabel(subject), set.name)
			if err := out.file(name, func(w io.Writer) error { return npy.WriteDict(w, entries) }); err != nil {
				return err
			}
		}
	}
	return nil
}

// eegSet is a set of images that the EEG shows.
type eegSet struct {
	name, key   string // in the names of files, and in image_metadata.npy
	images      []object
	repetitions int
}

// eegSets lists them, the test images first.
func (s *study) eegSets() []eegSet {
	sets := []eegSet{{"test", "test", s.eeg, s.EEG.Repetitions}}
	if s.EEG.Training > 0 {
		sets = append(sets, eegSet{"training", "train", s.train, s.EEG.Training})
	}
	return sets
}

// writeImageMetadata says which images the EEG shows. Each image is a concept of its own.
func (s *study) writeImageMetadata(out *output) error {
	var entries []npy.Entry
	for _, set := range s.eegSets() {
		var concepts, files []string
		for i, o := range set.images {
			concepts = append(concepts, fmt.Sprintf("%05d_%s", i+1, o.name))
			files = append(files, o.file())
		}
		entries = append(entries, npy.Entry{Key: set.key + "_img_concepts", Strings: concepts},
			npy.Entry{Key: set.key + "_img_concepts_THINGS", Strings: concepts}, npy.Entry{Key: set.key + "_img_files", Strings: files})
	}
	return out.file("eeg/image_metadata.npy", func(w io.Writer) error { return npy.WriteDict(w, entries) })
}

// evoked is the noise-free response of a subject: for each image of all sets channels x
// times. Every signal has mean 0 and deviation 1 over the test images, on the average
// over channels, at its peak.
func (s *study) evoked(subject int) [][]float64 {
	e := s.EEG
	var shown []object
	for _, set := range s.eegSets() {
		shown = append(shown, set.images...)
	}
	out := make([][]float64, len(shown))
	for i := range out {
		out[i] = make([]float64, e.Channels*e.Times)
	}
	for _, signal := range e.Signals {
		own := stream(s.Seed, "eeg", signal.Encodes, "subject", subject)
		t := newTuned([]string{signal.Encodes}, e.Features, s.FMRI.Tuning, e.Individual, stream(s.Seed, "eeg", signal.Encodes), own)
		mixing := make([]float64, e.Channels*e.Features)
		for i := range mixing {
			mixing[i] = own.NormFloat64()
		}
		latency := signal.Latency + 0.01*own.NormFloat64() // subjects differ by some 10 ms
		maps := make([]float64, len(shown)*e.Channels)     // images x channels
		features := make([]float64, e.Features)
		for i, o := range shown {
			t.of(o, features)
			for c := range e.Channels {
				for f, v := range features {
					maps[i*e.Channels+c] += mixing[c*e.Features+f] * v
				}
			}
		}
		standardise(maps, e.Channels, len(s.eeg))
		for k, at := range e.times() {
			if at <= 0 {
				continue // nothing is known before the image
			}
			d := (at - latency) / signal.Width
			g := s.Planted * math.Exp(-d*d/2)
			for i := range out {
				for c := range e.Channels {
					out[i][c*e.Times+k] += g * maps[i*e.Channels+c]
				}
			}
		}
	}
	return out
}

// standardise shifts and scales all rows such that over the first rows columns have mean
// 0 and the mean of their variances is 1.
func standardise(m []float64, columns, rows int) {
	var variance float64
	for c := range columns {
		var mean float64
		for r := range rows {
			mean += m[r*columns+c] / float64(rows)
		}
		for r := range len(m) / columns {
			m[r*columns+c] -= mean
			if r < rows {
				variance += m[r*columns+c] * m[r*columns+c] / float64(rows*columns)
			}
		}
	}
	for i := range m {
		m[i] /= math.Sqrt(variance)
	}
}

// record fills the trials of one image: repetitions x channels x times.
func (s *study) record(to []float32, evoked []float64, subject, image int) {
	e := s.EEG
	r := stream(s.Seed, "eeg noise", "subject", subject, image)
	persistence := math.Pow(noisePersistence, 100/e.Rate)
	innovation := math.Sqrt(1 - persistence*persistence)
	noise := make([]float64, e.Channels+1) // the last is common to all
	for trial := range len(to) / (e.Channels * e.Times) {
		for c := range noise {
			noise[c] = r.NormFloat64()
		}
		for t := range e.Times {
			for c := range e.Channels {
				x := e.Noise * math.Sqrt(0.5) * (noise[c] + noise[e.Channels])
				to[(trial*e.Channels+c)*e.Times+t] = float32(evoked[c*e.Times+t] + x)
			}
			for c := range noise {
				noise[c] = persistence*noise[c] + innovation*r.NormFloat64()
			}
		}
	}
}
