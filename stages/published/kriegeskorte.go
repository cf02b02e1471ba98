package published

import (
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"slices"

	"realnet/artifacts/schemas/rdms"
	"realnet/data/catalogue"
	"realnet/data/matfile"
)

const (
	images        = 92
	neuronsFile   = "Kriegeskorte_Neuron2008_supplementalData.mat"
	neurons       = "mIT_674neurons"
	correlation   = "correlation"
	roundingError = 1e-5 // of the distances, which are stored in float32
)

// sessionName is how 92_brainRDMs.mat names an RDM: region, subject and session.
var sessionName = regexp.MustCompile(`^(\w+) \| (\w+) \| Session: (\d+)$`)

// kriegeskorte92 reads both files, wherever they are in the dataset.
func kriegeskorte92(root string) (rdms.Set, error) {
	var set rdms.Set
	for i := range images {
		set.Conditions = append(set.Conditions, fmt.Sprintf("%02d", i+1))
	}
	for _, part := range []struct {
		file, variable string
		read           func(*rdms.Set, *matfile.Array) error
	}{
		{"92_brainRDMs.mat", "RDMs", humans},
		{neuronsFile, "RDMs_mIT_hIT_fig1", monkeys},
	} {
		found, err := catalogue.List(root, []string{part.file})
		if err != nil {
			return set, err
		}
		if len(found) != 1 {
			return set, fmt.Errorf("%d files %s in the dataset, want one", len(found), part.file)
		}
		mat, err := matfile.Read(filepath.Join(root, filepath.FromSlash(found[0])))
		if err != nil {
			return set, err
		}
		v, err := mat.Var(part.variable)
		if err == nil {
			err = part.read(&set, v)
		}
		if err != nil {
			return set, fmt.Errorf("%s: %s: %w", found[0], part.variable, err)
		}
	}
	return set, nil
}

// humans adds the struct array RDMs: fields RDM (92 x 92) and name.
func humans(set *rdms.Set, all *matfile.Array) error {
	for i := range all.Len() {
		name, err := text(all, "name", i)
		if err != nil {
			return err
		}
		parts := sessionName.FindStringSubmatch(name)
		if parts == nil {
			return fmt.Errorf("element %d: name %q is not REGION | SUBJECT | Session: NUMBER", i+1, name)
		}
		field, err := all.Field("RDM", i)
		if err != nil {
			return err
		}
		square, err := field.Float64() // symmetric, so MATLAB's order does not matter
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if !slices.Equal(field.Shape, []int{images, images}) {
			return fmt.Errorf("%s: shape %v, want %d x %d", name, field.Shape, images, images)
		}
		values, err := triangle(square)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		add(set, rdms.Row{Kind: "fmri", ROI: parts[1], Subject: parts[2], Session: parts[3]}, values)
	}
	return nil
}

// monkeys adds the RDM of the neurons: its upper triangle row by row, as scipy's pdist
// has it. (The group RDM beside it is in that order: it is the mean of the humans'.)
func monkeys(set *rdms.Set, all *matfile.Array) error {
	for i := range all.Len() {
		name, err := text(all, "name", i)
		if err != nil {
			return err
		}
		if name != neurons {
			continue
		}
		field, err := all.Field("RDM", i)
		if err != nil {
			return err
		}
		values, err := field.Float64()
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if len(values) != rdms.Pairs(images) {
			return fmt.Errorf("%s: %d values, want %d", name, len(values), rdms.Pairs(images))
		}
		for _, v := range values {
			if err := check(v); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		add(set, rdms.Row{Kind: "neurons", ROI: "mIT", Subject: "monkeys"}, values)
		return nil
	}
	return fmt.Errorf("no RDM is named %s", neurons)
}

func text(all *matfile.Array, field string, i int) (string, error) {
	v, err := all.Field(field, i)
	if err != nil {
		return "", err
	}
	return v.Text()
}

func add(set *rdms.Set, row rdms.Row, values []float64) {
	row.Metric, row.Time = correlation, math.NaN()
	set.Rows, set.Values = append(set.Rows, row), append(set.Values, values...)
}

// triangle takes the upper triangle of a whole RDM.
func triangle(square []float64) ([]float64, error) {
	out := make([]float64, 0, rdms.Pairs(images))
	for i := range images {
		if d := square[i*images+i]; !(math.Abs(d) <= roundingError) {
			return nil, fmt.Errorf("the distance of image %d from itself is %v", i+1, d)
		}
		for j := i + 1; j < images; j++ {
			v, mirrored := square[i*images+j], square[j*images+i]
			if err := check(v); err != nil {
				return nil, err
			}
			if !(math.Abs(v-mirrored) <= roundingError) {
				return nil, fmt.Errorf("not symmetric: %v and %v between images %d and %d", v, mirrored, i+1, j+1)
			}
			out = append(out, v)
		}
	}
	return out, nil
}

// check refuses what 1 - r cannot be.
func check(v float64) error {
	if !(v >= -roundingError && v <= 2+roundingError) {
		return fmt.Errorf("%v is no correlation distance", v)
	}
	return nil
}
