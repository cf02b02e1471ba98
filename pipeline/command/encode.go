package command

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"realnet/pipeline/arrays"
	"realnet/stages/analysis/encoding"
	"realnet/stages/report/number"
)

// Encode predicts the user's responses from features.
type Encode struct {
	Features      []string `required:"" sep:"none" help:"Rows x features, of one layer or model. May be repeated: all are one matrix, or a band each (--banded)." placeholder:"FILE" type:"path"`
	Responses     string   `required:"" help:"Rows x responses (voxels, sites, channels)." placeholder:"FILE" type:"path"`
	Names         string   `help:"Text file with the name of each row of features and responses." placeholder:"FILE" type:"path"`
	FeatureNames  string   `help:"Text file with the names of the rows of the features alone." placeholder:"FILE" type:"path"`
	ResponseNames string   `help:"Text file with the names of the rows of the responses alone. Rows of one name are repetitions: their mean is predicted, and they give a noise ceiling." placeholder:"FILE" type:"path"`
	Folds         int      `default:"5" help:"Parts of the rows, each predicted from the others."`
	Inner         int      `default:"5" help:"Parts of the training rows, which choose each response's penalty."`
	Alphas        string   `default:"1e-3:1e5:17" help:"Penalties: low:high:count in equal ratios, or a list with commas." placeholder:"ALPHAS"`
	Banded        bool     `help:"A penalty for each file of features, chosen for each response."`
	Candidates    int      `default:"20" help:"With --banded: how many weights of the bands are tried."`
	Unique        bool     `help:"With --banded: also what each band adds to the others (unique.npy, in R2)."`
	Shuffle       bool     `help:"Assign rows to folds at random (--seed) instead of in order."`
	Seed          uint64   `default:"0" help:"Seed of the candidates and of --shuffle."`
	Workers       int      `default:"0" help:"Cores to use; 0 means all."`
	JSON          bool     `help:"Print a summary as JSON."`
	Out           string   `help:"Folder for the arrays." placeholder:"DIR" type:"path"`
	Format        string   `default:"npy" enum:"npy,csv" help:"npy or csv."`
}

// Examples of the command.
func (*Encode) Examples() string {
	return `realnet encode --features layer1.npy --responses voxels.npy --format npy --out ./encoding --json
realnet encode --features layer1.npy --features layer2.npy --responses voxels.npy --banded --unique --out ./banded`
}

// encodeSummary is what `realnet encode --json` prints.
type encodeSummary struct {
	Rows      int      `json:"rows"`
	Responses int      `json:"responses"`
	Features  []int    `json:"features"`
	Folds     int      `json:"folds"`
	R         average  `json:"r"`
	R2        average  `json:"r2"`
	Ceiling   *average `json:"ceiling,omitempty"`      // of responses that have one
	Normed    *average `json:"r_normalised,omitempty"` // of the same
	Unique    []finite `json:"unique,omitempty"`       // mean of each band
	Out       string   `json:"out,omitempty"`
}

// average sums up the values that there are.
type average struct {
	Mean   finite `json:"mean"`
	Median finite `json:"median"`
	Max    finite `json:"max"`
	N      int    `json:"n"`
}

func averageOf(x []float64) average {
	x = slices.DeleteFunc(slices.Clone(x), func(v float64) bool { return math.IsNaN(v) })
	nan := finite(math.NaN())
	if len(x) == 0 {
		return average{nan, nan, nan, 0}
	}
	slices.Sort(x)
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	n := len(x)
	return average{finite(sum / float64(n)), finite((x[(n-1)/2] + x[n/2]) / 2), finite(x[n-1]), n}
}

// Run reads, scores and writes.
func (c *Encode) Run(ctx context.Context, a *App) error {
	config := encoding.DefaultConfig()
	config.Folds, config.Inner, config.Workers = c.Folds, c.Inner, c.Workers
	var err error
	if config.Alphas, err = penalties(c.Alphas); err != nil {
		return err
	}
	if c.Unique && !c.Banded || c.Banded && len(c.Features) < 2 {
		return usagef("--banded and --unique are of several --features; got %d, banded %v", len(c.Features), c.Banded)
	}
	bands, y, ceiling, err := c.read(ctx)
	if err != nil {
		return err
	}
	if c.Shuffle {
		order := rand.New(rand.NewPCG(c.Seed, 1)).Perm(y.Rows)
		for i := range bands {
			bands[i] = takeRows(bands[i], order)
		}
		y = takeRows(y, order)
	}
	if c.Banded {
		config.Weights = encoding.Candidates(len(bands), c.Candidates, c.Seed)
	}
	result, err := encoding.Score(ctx, bands, y, config)
	if err != nil {
		return err
	}
	s := encodeSummary{Rows: y.Rows, Responses: y.Cols, Folds: c.Folds, R: averageOf(result.R), R2: averageOf(result.R2), Out: c.Out}
	for _, b := range bands {
		s.Features = append(s.Features, b.Cols)
	}
	found := map[string][]float64{"r": result.R, "r2": result.R2, "alpha": result.Alpha}
	if ceiling != nil {
		normed := make([]float64, len(ceiling))
		for i, v := range ceiling {
			normed[i] = result.R[i] / v
		}
		found["ceiling"], found["r_normalised"] = ceiling, normed
		of, whole := averageOf(ceiling), averageOf(normed)
		s.Ceiling, s.Normed = &of, &whole
	}
	if c.Banded {
		found["weights"] = slices.Concat(result.Weights...)
	}
	if c.Unique {
		unique, err := encoding.Unique(ctx, bands, y, result, config)
		if err != nil {
			return err
		}
		found["unique"] = slices.Concat(unique...)
		for _, u := range unique {
			s.Unique = append(s.Unique, averageOf(u).Mean)
		}
	}
	if err := c.write(found, len(bands), y.Cols); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(a.Stdout, s)
	}
	_, err = fmt.Fprintf(a.Stdout, "%d responses of %d rows: mean r %s, median %s\n", s.Responses, s.Rows, number.Fixed(float64(s.R.Mean), 4), number.Fixed(float64(s.R.Median), 4))
	return err
}

// write puts the arrays into the folder.
func (c *Encode) write(found map[string][]float64, bands, responses int) error {
	if c.Out == "" {
		return nil
	}
	if err := os.MkdirAll(c.Out, 0o777); err != nil {
		return err
	}
	for name, values := range found {
		shape := []int{responses}
		switch name {
		case "weights":
			shape = []int{responses, bands}
		case "unique":
			shape = []int{bands, responses}
		}
		o := output{filepath.Join(c.Out, name+"."+c.Format), c.Format}
		if err := o.writeArray(shape, values); err != nil {
			return err
		}
	}
	return nil
}

// penalties reads low:high:count, or a list.
func penalties(text string) ([]float64, error) {
	bad := func() ([]float64, error) {
		return nil, usagef("--alphas %s: want low:high:count or numbers with commas, above 0", text)
	}
	parts := strings.Split(text, ":")
	separator := ","
	if len(parts) == 3 {
		separator = ":"
	}
	var numbers []float64
	for part := range strings.SplitSeq(text, separator) {
		v, err := strconv.ParseFloat(strings.TrimSpace(part), 64)
		if err != nil || !(v > 0) || math.IsInf(v, 0) {
			return bad()
		}
		numbers = append(numbers, v)
	}
	if separator == "," {
		return numbers, nil
	}
	if n := numbers[2]; n != math.Trunc(n) || n > 10_000 || numbers[0] > numbers[1] {
		return bad()
	}
	return encoding.LogSpace(numbers[0], numbers[1], int(numbers[2])), nil
}

// read gives the features and the mean responses of the same rows, and the ceilings.
func (c *Encode) read(ctx context.Context) (bands []encoding.Matrix, y encoding.Matrix, ceiling []float64, err error) {
	y, names, err := c.matrix(ctx, c.Responses, first(c.ResponseNames, c.Names), "responses")
	if err != nil {
		return nil, y, nil, err
	}
	var featureNames [][]string
	for _, path := range c.Features {
		x, own, err := c.matrix(ctx, path, first(c.FeatureNames, c.Names), "features")
		if err != nil {
			return nil, y, nil, err
		}
		bands, featureNames = append(bands, x), append(featureNames, own)
	}
	if names != nil {
		if y, names, ceiling, err = encoding.Ceiling(y, names); err != nil {
			return nil, y, nil, fmt.Errorf("%s: %w", c.Responses, err)
		}
	}
	for b, own := range featureNames {
		if (own == nil) != (names == nil) {
			with, without, flag := c.Features[b], c.Responses, "--response-names"
			if own == nil {
				with, without, flag = without, with, "--feature-names"
			}
			return nil, y, nil, fmt.Errorf("%w: the rows of %s have names, those of %s have none: give %s, or take the names out of the file if the order is the same", arrays.ErrLabels, with, without, flag)
		}
		if own == nil {
			if bands[b].Rows != y.Rows {
				return nil, y, nil, fmt.Errorf("%s and %s: %w: %d and %d rows; give the names of both to join them", c.Features[b], c.Responses, arrays.ErrShape, bands[b].Rows, y.Rows)
			}
			continue
		}
		order, err := joined(bands[b], own, names)
		if err != nil {
			return nil, y, nil, fmt.Errorf("%s and %s: %w", c.Features[b], c.Responses, err)
		}
		bands[b] = takeRows(bands[b], order)
	}
	return bands, y, ceiling, nil
}

// joined finds the row of each name. Features have one row per name, or, with one list of
// names for features and responses, equal rows.
func joined(x encoding.Matrix, rows, names []string) ([]int, error) {
	at := map[string]int{}
	for i, name := range rows {
		k, ok := at[name]
		if !ok {
			at[name] = i
		} else if !slices.Equal(x.Data[i*x.Cols:(i+1)*x.Cols], x.Data[k*x.Cols:(k+1)*x.Cols]) {
			return nil, fmt.Errorf("%w: rows %d and %d of the features are both named %q and differ", arrays.ErrLabels, k, i, name)
		}
	}
	order := make([]int, len(names))
	missing := 0
	for i, name := range names {
		k, ok := at[name]
		if !ok {
			missing++
			continue
		}
		order[i] = k
	}
	if missing > 0 {
		return nil, fmt.Errorf("%w: %d of %d names of the responses have features; the responses have %q, the features %q", arrays.ErrLabels, len(names)-missing, len(names), names[0], rows[0])
	}
	return order, nil
}

// matrix reads rows x columns and the names of the rows.
func (c *Encode) matrix(ctx context.Context, path, namesFile, what string) (encoding.Matrix, []string, error) {
	x, values, err := readDoubles(ctx, path, arrays.Options{})
	if err != nil {
		return encoding.Matrix{}, nil, err
	}
	if len(x.Shape) < 2 || x.Len() == 0 {
		return encoding.Matrix{}, nil, fmt.Errorf("%s: %w: %v, want rows x %s", path, arrays.ErrShape, x.Shape, what)
	}
	names, err := labels(ctx, namesFile, x.Shape[0], "names")
	if err != nil {
		return encoding.Matrix{}, nil, err
	}
	if names, err = x.Named(names); err != nil {
		return encoding.Matrix{}, nil, fmt.Errorf("%s: %w", path, err)
	}
	return encoding.Matrix{Data: values, Rows: x.Shape[0], Cols: x.Len() / x.Shape[0]}, names, nil
}

func takeRows(x encoding.Matrix, order []int) encoding.Matrix {
	out := encoding.Matrix{Data: make([]float64, 0, len(order)*x.Cols), Rows: len(order), Cols: x.Cols}
	for _, r := range order {
		out.Data = append(out.Data, x.Data[r*x.Cols:(r+1)*x.Cols]...)
	}
	return out
}
