package command

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"realnet/artifacts"
	"realnet/pipeline/arrays"
	"realnet/stages/rdmfile"
)

// output says where a command that works on people's arrays puts its result.
type output struct {
	Out    string `help:"File to write; without --format, the folder of an artifact, which must not exist." placeholder:"PATH" type:"path"`
	Format string `help:"npy, csv or parquet: one file instead of an artifact." placeholder:"FORMAT"`
}

// Formats of a file.
const (
	formatNPY     = "npy"
	formatCSV     = "csv"
	formatParquet = "parquet"
)

// check returns a usage error unless the flags make sense together. A file name that ends
// in a format's name asks for it.
func (o *output) check(needed bool, formats ...string) error {
	if end := strings.TrimPrefix(strings.ToLower(filepath.Ext(o.Out)), "."); o.Format == "" && slices.Contains(formats, end) {
		o.Format = end
	}
	if o.Out == "" && (needed || o.Format != "") {
		return usagef("give --out: where the result goes")
	}
	if o.Format == "" {
		return nil
	}
	for _, f := range formats {
		if o.Format == f {
			return nil
		}
	}
	return usagef("--format %s: want one of %v, or none for an artifact", o.Format, formats)
}

// writeArray writes numbers as .npy or .csv.
func (o output) writeArray(shape []int, values []float64) error {
	if o.Format == formatCSV {
		return arrays.WriteCSV(o.Out, shape, values)
	}
	return arrays.WriteNPY(o.Out, shape, values)
}

// namesFile is the file of the names of the conditions of an array that is written.
func (o output) namesFile() string {
	if o.Format != formatNPY && o.Format != formatCSV {
		return ""
	}
	return arrays.NamesFile(o.Out)
}

// writeNamed writes an array and, beside it, the names of its conditions. The names of an
// array that it replaces go with that.
func (o output) writeNamed(a *App, shape []int, values []float64, names []string) error {
	file := o.namesFile()
	if names != nil {
		if err := arrays.WriteLabels(file, names); err != nil {
			return err
		}
	} else if err := os.Remove(file); err == nil {
		a.Log.Warn().Str("file", file).Msg("removed: it named the conditions of the array that is replaced")
	}
	return o.writeArray(shape, values)
}

// pairs lists RDMs pair by pair, in the order of their condensed form.
func pairs(labels, names []string, values []float64) iter.Seq[rdmfile.Pair] {
	return func(yield func(rdmfile.Pair) bool) {
		k := 0
		for _, label := range labels {
			for i := range names {
				for j := i + 1; j < len(names); j++ {
					if !yield(rdmfile.Pair{RDM: label, First: names[i], Other: names[j], Value: values[k]}) {
						return
					}
					k++
				}
			}
		}
	}
}

// numbered names n things that have no names.
func numbered(what string, n int) []string {
	width := len(strconv.Itoa(n))
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("%s-%0*d", what, width, i+1)
	}
	return names
}

// writeArtifact makes an artifact of what a command computed. Its provenance
// has the command, its parameters and the digests of its input files.
func (a *App) writeArtifact(dir string, schema artifacts.Schema, command string, params any, inputs []string, write func(*artifacts.Writer) error) (*artifacts.Artifact, error) {
	p := artifacts.Provenance{Stage: "realnet " + command, Machine: artifacts.ThisMachine(), Inputs: map[string][]artifacts.Digest{}, Host: artifacts.ThisHost()}
	var err error
	if p.Params, err = artifacts.CanonicalOf(params); err != nil {
		return nil, err
	}
	for _, in := range inputs {
		d, err := digestOf(in)
		if err != nil {
			return nil, err
		}
		p.Inputs["in"] = append(p.Inputs["in"], d)
	}
	w, err := artifacts.Create(dir, schema)
	if err != nil {
		return nil, err
	}
	defer w.Abort()
	if err := write(w); err != nil {
		return nil, err
	}
	return w.Commit(p)
}

// digestOf is the digest of an artifact's folder or of a file's bytes.
func digestOf(path string) (artifacts.Digest, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		text, err := os.ReadFile(filepath.Join(path, artifacts.ManifestName))
		if err != nil {
			return "", err
		}
		var m artifacts.Manifest
		return m.Digest, json.Unmarshal(text, &m)
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return artifacts.ParseDigest("sha256:" + hex.EncodeToString(h.Sum(nil)))
}

// labels reads a file of labels and checks their number; none for no file.
func labels(ctx context.Context, path string, n int, what string) ([]string, error) {
	if path == "" {
		return nil, nil
	}
	list, err := arrays.ReadLabels(ctx, path)
	if err != nil {
		return nil, err
	}
	if n >= 0 {
		if err := arrays.Check(list, n, what); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return list, nil
}

// finite makes NaN and infinities null in JSON.
type finite float64

// MarshalJSON writes a finite number, or null.
func (f finite) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(f)) || math.IsInf(float64(f), 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(f))
}

// summary is what --json says of RDMs that were written.
type summary struct {
	Out        string `json:"out"`
	Format     string `json:"format"`
	Metric     string `json:"metric"`
	RDMs       int    `json:"rdms"`
	Conditions int    `json:"conditions"`
	Shape      []int  `json:"shape"`
	Min        finite `json:"min"`
	Mean       finite `json:"mean"`
	Max        finite `json:"max"`
	Order      string `json:"order,omitempty"` // of the conditions
	Names      string `json:"names,omitempty"` // file with the names of the conditions
}

func summarise(o output, metric string, rdms, conditions int, shape []int, values []float64) summary {
	s := summary{Out: o.Out, Format: o.Format, Metric: metric, RDMs: rdms, Conditions: conditions, Shape: shape}
	if s.Format == "" {
		s.Format = "artifact"
	}
	low, high, sum := values[0], values[0], 0.0
	for _, v := range values {
		low, high, sum = min(low, v), max(high, v), sum+v
	}
	s.Min, s.Max, s.Mean = finite(low), finite(high), finite(sum/float64(len(values)))
	return s
}

func (s summary) print(a *App, asJSON bool) error {
	if asJSON {
		return printJSON(a.Stdout, s)
	}
	fmt.Fprintf(a.Stdout, "%s: %d RDM(s) of %d conditions, %s, values %.4g to %.4g, mean %.4g\n",
		s.Out, s.RDMs, s.Conditions, s.Metric, float64(s.Min), float64(s.Max), float64(s.Mean))
	if s.Names == "" {
		return nil
	}
	_, err := fmt.Fprintf(a.Stdout, "%s: names of the conditions, in the order of the rows: %s\n", s.Names, s.Order)
	return err
}
