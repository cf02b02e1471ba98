package synth

import (
	"context"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"

	"github.com/klauspost/compress/gzip"

	"realnet/data/bids"
	"realnet/data/nifti"
)

var roiName = regexp.MustCompile(`^[A-Za-z0-9]+$`)

// voxelSize in mm.
const voxelSize = 2

// grid is where voxels are: the left hemisphere is the lower half of x, the right the
// upper. Regions follow one another in each; an odd voxel is on the left.
type grid struct {
	shape  []int // x, y, z
	places []int // index in the volume of each voxel, by number in the responses
	left   []bool
}

func (f FMRI) grid() grid {
	halves := [2]int{}
	for _, r := range f.ROIs {
		halves[0] += (r.Voxels + 1) / 2
		halves[1] += r.Voxels / 2
	}
	side := int(math.Ceil(math.Cbrt(float64(halves[0]))))
	depth := (halves[0] + side*side - 1) / (side * side)
	g := grid{shape: []int{2 * side, side, depth}}
	var next [2]int
	for _, r := range f.ROIs {
		for v := range r.Voxels {
			h := v % 2
			n := next[h]
			next[h]++
			x, y, z := n%side+h*side, n/side%side, n/(side*side)
			g.places = append(g.places, x+2*side*(y+side*z))
			g.left = append(g.left, h == 0)
		}
	}
	return g
}

func (g grid) size() int { return g.shape[0] * g.shape[1] * g.shape[2] }

// writeFMRI writes the BIDS dataset.
func (s *study) writeFMRI(ctx context.Context, out *output, workers int) error {
	if s.FMRI.Subjects == 0 {
		return nil
	}
	if err := s.writeDescription(out); err != nil {
		return err
	}
	g := s.FMRI.grid()
	for subject := range s.FMRI.Subjects {
		if err := s.writeMasks(out, g, subject); err != nil {
			return err
		}
		resp, err := s.respond(ctx, subject, workers)
		if err != nil {
			return err
		}
		runs := s.runs(subject)
		if err := parallel(ctx, workers, len(runs), func(i int) error {
			return s.writeRun(out, g, runs[i], resp)
		}); err != nil {
			return err
		}
	}
	return nil
}

func (s *study) writeDescription(out *output) error {
	description := bids.Description{Name: "realnet in-silico study", BIDSVersion: "1.8.0", DatasetType: "raw", License: "CC0"}
	if err := out.json("dataset_description.json", description); err != nil {
		return err
	}
	participants := bids.NewTable("participant_id")
	for i := range s.FMRI.Subjects {
		if err := participants.Append("sub-" + subjectLabel(i)); err != nil {
			return err
		}
	}
	if err := out.text("participants.tsv", string(participants.Encode())); err != nil {
		return err
	}
	return out.json("task-perception_bold.json", bids.Sidecar{RepetitionTime: s.FMRI.TR, TaskName: "perception"})
}

// writeMasks writes where the regions of a subject are.
func (s *study) writeMasks(out *output, g grid, subject int) error {
	first := 0
	for _, roi := range s.FMRI.ROIs {
		for _, hemisphere := range []string{"LH", "RH"} {
			mask := make([]uint8, g.size())
			for v := first; v < first+roi.Voxels; v++ {
				if g.left[v] == (hemisphere == "LH") {
					mask[g.places[v]] = 1
				}
			}
			name := fmt.Sprintf("sourcedata/sub-%[1]s/anat/sub-%[1]s_mask_%s_%s.nii.gz", subjectLabel(subject), hemisphere, roi.Name)
			if err := writeNIfTI(out, name, nifti.NewHeader(g.shape, [3]float64{voxelSize, voxelSize, voxelSize}, 0), mask); err != nil {
				return err
			}
		}
		first += roi.Voxels
	}
	return nil
}

// writeRun writes the image of a run, its events and its motion.
func (s *study) writeRun(out *output, g grid, r scanRun, resp responses) error {
	series, moved := s.series(r, resp, stream(s.Seed, "run", r.name))
	volumes := r.volumes(s.FMRI.TR)
	image := make([]int16, volumes*g.size())
	for t := range volumes {
		volume := image[t*g.size():]
		for v, x := range series[t*resp.voxels : (t+1)*resp.voxels] {
			volume[g.places[v]] = int16(math.Round(min(max(float64(x), 0), math.MaxInt16)))
		}
	}
	header := nifti.NewHeader(append(append([]int{}, g.shape...), volumes), [3]float64{voxelSize, voxelSize, voxelSize}, s.FMRI.TR)
	path := r.folder + "/" + r.name
	if err := writeNIfTI(out, path+"_bold.nii.gz", header, image); err != nil {
		return err
	}
	events, err := s.table(r)
	if err != nil {
		return err
	}
	if err := out.text(path+"_events.tsv", string(events.Encode())); err != nil {
		return err
	}
	confounds := bids.NewTable(bids.MotionColumns()...)
	for t := range volumes {
		var cells []string
		for _, v := range moved[t*motionColumns : (t+1)*motionColumns] {
			cells = append(cells, strconv.FormatFloat(v, 'g', 8, 64))
		}
		if err := confounds.Append(cells...); err != nil {
			return err
		}
	}
	return out.text(path+"_desc-confounds_timeseries.tsv", string(confounds.Encode()))
}

// writeNIfTI writes a .nii.gz, fast rather than small.
func writeNIfTI[V nifti.Voxel](out *output, name string, h *nifti.Header, data []V) error {
	return out.file(name, func(w io.Writer) error {
		z, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
		if err != nil {
			return err
		}
		if err := nifti.Encode(z, h, data); err != nil {
			return err
		}
		return z.Close()
	})
}
