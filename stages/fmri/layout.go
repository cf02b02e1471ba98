package fmri

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"realnet/artifacts/schemas/patterns"
	"realnet/stages/analysis/bold"
	"realnet/stages/stage"
)

// layout is a way in which datasets keep the responses of a subject. To add one, write
// layout_NAME.go with a value of this type, put it into layouts, name it in the doc of
// Params.Layout, and give the conformance suite (layout_test.go) a dataset in its form.
// Parameters of its own go into a field of Params that is named after it.
type layout struct {
	name string

	// check says what is wrong with the parameters, before anything is read.
	check func(p Params) error

	// gather reads the responses of p.Subject in p.ROIs below the dataset's root, and
	// preprocesses them where they are runs and no patterns yet.
	gather func(ctx context.Context, env *stage.Env, root string, p Params) (*gathered, error)
}

// layouts are all there are. A layout of runs gets them from its find by ofRuns.
var layouts = []layout{
	{"bids", checkBIDS, ofRuns(findBIDS)},
	{"fmriprep", checkFMRIPrep, ofRuns(findFMRIPrep)},
	{"openfmri", checkRuns, ofRuns(findOpenfMRI)},
	{"betas", checkBetas, fromBetas},
	{"bdata", Params.validateBData, fromBData},
	{"arrays", checkArrays, fromArrays},
	{"tvsd", checkTVSD, fromTVSD},
}

// gathered is what every layout comes to: a pattern a trial, in the order in which they
// were shown, and what its columns are. Labels hold what the dataset says: the
// condition, the subset (train, test or empty), the run from 1 and the onset (NaN when
// it is not known). Columns are the union of the regions, each once. Values are finite.
type gathered struct {
	*bold.Patterns
	sessions map[int]string // label of a run's session
	voxels   []patterns.Voxel
	members  []patterns.Member

	// repetitions are what the dataset says of each row, where it does: 0 counts them.
	repetitions []int32
}

func layoutNames() []string {
	names := make([]string, len(layouts))
	for i, l := range layouts {
		names[i] = l.name
	}
	return names
}

func findLayout(name string) (layout, error) {
	if i := slices.IndexFunc(layouts, func(l layout) bool { return l.name == name }); i >= 0 {
		return layouts[i], nil
	}
	return layout{}, fmt.Errorf("layout: %q is none of %s", name, strings.Join(layoutNames(), ", "))
}
