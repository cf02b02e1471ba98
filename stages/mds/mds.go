package mds

import (
	"context"
	"fmt"
	"math"
	"slices"

	"realnet/artifacts"
	"realnet/artifacts/schemas/rdms"
	"realnet/artifacts/schemas/stimuli"
	"realnet/artifacts/schemas/targets"
	"realnet/stages/analysis/mds"
	"realnet/stages/stage"
)

// Params of the stage.
type Params struct {
	Components int      `json:"components" doc:"coordinates to keep of each region; fewer than conditions"`
	Subjects   []string `json:"subjects" doc:"subjects whose RDMs are averaged; none: all"`
	ROIs       []string `json:"rois" doc:"regions whose coordinates are the targets, side by side; none: all"`
	Subset     string   `json:"subset" doc:"images to place, where the input stimuli is given; the RDMs' other conditions are not read"`
	Squared    bool     `json:"squared" doc:"dissimilarities are squared distances, as 1 - r, sqeuclidean and crossnobis are; else distances"`
	Whiten     string   `json:"whiten" doc:"none, or first: divide the coordinates of a region by the deviation of its first, so that targets are of order 1"`
}

// Values of Params.Whiten.
const (
	None  = "none"
	First = "first"
)

// DefaultParams keep ten coordinates of each region.
func DefaultParams() Params { return Params{Components: 10, Subset: "train", Whiten: None} }

// Validate checks the parameters.
func (p Params) Validate() error {
	switch {
	case p.Components < 1:
		return fmt.Errorf("components: %d is not positive", p.Components)
	case p.Whiten != None && p.Whiten != First:
		return fmt.Errorf("whiten: %q is neither %s nor %s", p.Whiten, None, First)
	}
	return nil
}

// Need of a run: the square matrix of the conditions.
func (Params) Need() stage.Need { return stage.Need{CPUs: 1, Memory: 256 << 20} }

// Stage is the mds stage.
var Stage = stage.New(stage.Spec{
	Name: "mds",
	Doc:  "Makes training targets of RDMs: coordinates whose distances are the dissimilarities.",
	In: []stage.Port{
		{Name: "rdms", Schemas: []string{rdms.Schema.Name}, Many: true, Doc: "RDMs of the training images"},
		{Name: "stimuli", Schemas: []string{stimuli.Schema.Name}, Optional: true, Doc: "images; those of the subset are placed, without the others"},
	},
	Out: targets.Schema,
}, DefaultParams(), run)

func run(ctx context.Context, env *stage.Env, p Params) error {
	conditions, err := trainingImages(env, p.Subset)
	if err != nil {
		return err
	}
	regions, conditions, err := groupRDMs(env.In["rdms"], p, conditions)
	if err != nil {
		return err
	}
	out := targets.Targets{}
	for _, c := range conditions {
		out.Samples = append(out.Samples, targets.Sample{Condition: c, Subset: train})
	}
	var points [][]float64 // by region
	for _, r := range regions {
		if err := ctx.Err(); err != nil {
			return err
		}
		x, components, err := place(r.values, len(conditions), p)
		if err != nil {
			return fmt.Errorf("region %q: %w", r.name, err)
		}
		points = append(points, x)
		for _, c := range components {
			c.Index = int32(len(out.Components))
			out.Components = append(out.Components, c)
		}
	}
	for i := range conditions {
		for _, x := range points {
			out.Values = append(out.Values, x[i*p.Components:(i+1)*p.Components]...)
		}
	}
	k := len(out.Components) // coordinates are their own components
	out.Mean, out.Loadings = make([]float64, k), make([]float32, k*k)
	for j := range k {
		out.Loadings[j*k+j] = 1
	}
	return targets.Write(env.Out, out)
}

// train is the subset of the samples: networks are trained on all.
const train = "train"

// trainingImages are the names of the images to place; nil: all conditions of the RDMs.
func trainingImages(env *stage.Env, subset string) ([]string, error) {
	a := env.Maybe("stimuli")
	if a == nil {
		return nil, nil
	}
	images, err := artifacts.ReadTable[stimuli.Image](a, stimuli.ImagesTable)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, im := range images {
		if subset == "" || im.Subset == subset {
			names = append(names, im.Name)
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s: no image of subset %q", a.Dir(), subset)
	}
	return names, nil
}

// place gives the conditions of one RDM their coordinates: conditions x components.
func place(dissimilarities []float64, n int, p Params) ([]float64, []targets.Component, error) {
	d := dissimilarities
	if p.Squared {
		d = make([]float64, len(dissimilarities))
		for i, v := range dissimilarities {
			if v < 0 {
				return nil, nil, fmt.Errorf("squared: the dissimilarity %v is negative, so no squared distance: leave squared out", v)
			}
			d[i] = math.Sqrt(v)
		}
	}
	e, err := mds.Classical(d, n, p.Components)
	if err != nil {
		return nil, nil, fmt.Errorf("components: %w", err)
	}
	kept, positive := 0, 0.0
	for j, v := range e.Eigenvalues {
		if v > 0 {
			positive += v
		}
		if j < p.Components && slices.ContainsFunc(e.Points, func(x []float64) bool { return x[j] != 0 }) {
			kept = j + 1
		}
	}
	if kept < p.Components {
		return nil, nil, fmt.Errorf("components: %d asked for; distances of these RDMs have %d", p.Components, kept)
	}
	components := make([]targets.Component, p.Components)
	for j := range components { // coordinates are centred, and an eigenvalue is their sum of squares
		components[j] = targets.Component{Variance: e.Eigenvalues[j] / float64(n-1), Ratio: e.Eigenvalues[j] / positive}
	}
	unit := 1.0
	if p.Whiten == First {
		unit = math.Sqrt(components[0].Variance)
	}
	var x []float64
	for _, point := range e.Points {
		for _, v := range point {
			x = append(x, v/unit)
		}
	}
	return x, components, nil
}
