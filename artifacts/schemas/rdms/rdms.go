// Package rdms is the artifact of representational dissimilarity matrices: the
// upper triangles of any number of RDMs over the same named conditions.
package rdms

import (
	"errors"
	"fmt"
	"iter"

	"realnet/artifacts"
)

// Row says what one RDM is of. Fields that do not apply are empty; Time is NaN
// where there is none.
type Row struct {
	Kind    string  `col:"kind" doc:"model, fmri, neurons, eeg, behaviour or dimension"`
	Model   string  `col:"model"`
	Layer   string  `col:"layer"`
	Subject string  `col:"subject"`
	ROI     string  `col:"roi"`
	Session string  `col:"session"`
	Split   string  `col:"split" doc:"part of the data that it was made of, such as odd or even runs"`
	Time    float64 `col:"time" doc:"seconds from stimulus onset"`
	Metric  string  `col:"metric"`
}

// Condition is one condition, in the order of rows and columns.
type Condition struct {
	Name string `col:"name"`
}

// Fold is the fold of a condition, of RDMs whose networks were trained once a fold, each
// without the images of its fold.
type Fold struct {
	Name string `col:"name" doc:"of the condition"`
	Fold int32  `col:"fold" doc:"from 1"`
}

// File names within the artifact.
const (
	Tensor          = "rdms.arrow"
	RowsTable       = "index.parquet"
	ConditionsTable = "conditions.parquet"
	FoldsTable      = "folds.parquet"
)

// Schema of the artifact.
var Schema = artifacts.Define(artifacts.Schema{
	Name: "rdms", Version: 1, Doc: "representational dissimilarity matrices, one upper triangle a row",
	Files: []artifacts.FileSpec{
		{Name: Tensor, Kind: artifacts.KindTensor, DType: artifacts.Float64, Rank: 2, Doc: "RDMs x pairs; pairs (0,1), (0,2), ..., (1,2), ... as in scipy's pdist"},
		artifacts.TableOf[Row](RowsTable),
		artifacts.TableOf[Condition](ConditionsTable),
		folds,
	},
})

// folds is the table that RDMs made in folds have.
var folds = func() artifacts.FileSpec {
	f := artifacts.TableOf[Fold](FoldsTable)
	f.Optional, f.Doc = true, "folds of the conditions; pairs of two folds are NaN"
	return f
}()

// Set is the whole artifact in memory.
type Set struct {
	Rows       []Row
	Conditions []string
	Values     []float64 // len(Rows) x pairs
	Folds      []int32   // of each condition, from 1; nil: RDMs of one piece. Pairs of two folds are NaN
}

// Pairs is the number of pairs of n conditions.
func Pairs(n int) int { return n * (n - 1) / 2 }

// RDM returns the upper triangle of RDM i.
func (s Set) RDM(i int) []float64 {
	p := Pairs(len(s.Conditions))
	return s.Values[i*p : (i+1)*p]
}

// Write puts s into w.
func Write(w *artifacts.Writer, s Set) error {
	pairs := Pairs(len(s.Conditions))
	if len(s.Values) != len(s.Rows)*pairs {
		return fmt.Errorf("rdms: %d values for %d RDMs of %d conditions", len(s.Values), len(s.Rows), len(s.Conditions))
	}
	if err := artifacts.WriteTensor(w, Tensor, []int{len(s.Rows), pairs}, s.Values); err != nil {
		return err
	}
	return s.writeLabels(w)
}

// WriteEach is Write with the upper triangles of the rows one by one instead of s.Values.
func WriteEach(w *artifacts.Writer, s Set, triangles iter.Seq[[]float64]) error {
	pairs := Pairs(len(s.Conditions))
	t, err := artifacts.NewTensorWriter[float64](w, Tensor, []int{pairs})
	if err != nil {
		return err
	}
	n := 0
	for x := range triangles {
		if len(x) != pairs {
			err = fmt.Errorf("rdms: %d values of an RDM of %d conditions", len(x), len(s.Conditions))
		}
		if err = errors.Join(err, t.Append(x)); err != nil {
			break
		}
		n++
	}
	if err == nil && n != len(s.Rows) {
		err = fmt.Errorf("rdms: %d RDMs for %d rows", n, len(s.Rows))
	}
	if err = errors.Join(err, t.Close()); err != nil {
		return err
	}
	return s.writeLabels(w)
}

// Link makes an artifact in memory of one RDM whose upper triangle stays where it is: in
// the file at path, from offset on.
func Link(w *artifacts.Writer, row Row, conditions []string, path string, offset int64) error {
	if err := artifacts.LinkTensor[float64](w, Tensor, []int{1, Pairs(len(conditions))}, path, offset); err != nil {
		return err
	}
	return Set{Rows: []Row{row}, Conditions: conditions}.writeLabels(w)
}

func (s Set) writeLabels(w *artifacts.Writer) error {
	if err := artifacts.WriteTable(w, RowsTable, s.Rows); err != nil {
		return err
	}
	conditions := make([]Condition, len(s.Conditions))
	for i, c := range s.Conditions {
		conditions[i].Name = c
	}
	if err := artifacts.WriteTable(w, ConditionsTable, conditions); err != nil || s.Folds == nil {
		return err
	}
	table := make([]Fold, len(s.Folds))
	for i, f := range s.Folds {
		table[i] = Fold{s.Conditions[i], f}
	}
	return artifacts.WriteTable(w, FoldsTable, table)
}

// Read reads the whole artifact.
func Read(a *artifacts.Artifact) (Set, error) {
	s, err := labels(a)
	if err != nil {
		return s, err
	}
	shape, values, err := artifacts.ReadTensor[float64](a, Tensor)
	if err != nil {
		return s, err
	}
	s.Values = values
	return s, s.check(a, shape)
}

// labels reads the tables.
func labels(a *artifacts.Artifact) (s Set, err error) {
	if s.Rows, err = artifacts.ReadTable[Row](a, RowsTable); err != nil {
		return s, err
	}
	conditions, err := artifacts.ReadTable[Condition](a, ConditionsTable)
	if err != nil {
		return s, err
	}
	for _, c := range conditions {
		s.Conditions = append(s.Conditions, c.Name)
	}
	if !a.Has(FoldsTable) {
		return s, nil
	}
	table, err := artifacts.ReadTable[Fold](a, FoldsTable)
	if err != nil {
		return s, err
	}
	if len(table) != len(s.Conditions) {
		return s, fmt.Errorf("%s: folds of %d conditions for %d", a.Dir(), len(table), len(s.Conditions))
	}
	for i, f := range table {
		if f.Name != s.Conditions[i] {
			return s, fmt.Errorf("%s: %s: row %d is of condition %q, want %q", a.Dir(), FoldsTable, i+1, f.Name, s.Conditions[i])
		}
		s.Folds = append(s.Folds, f.Fold)
	}
	return s, nil
}

func (s Set) check(a *artifacts.Artifact, shape []int) error {
	if len(shape) != 2 || shape[0] != len(s.Rows) || shape[1] != Pairs(len(s.Conditions)) {
		return fmt.Errorf("%s: %s has shape %v, its tables say %d RDMs of %d conditions", a.Dir(), Tensor, shape, len(s.Rows), len(s.Conditions))
	}
	return nil
}

// Mapped is a Set whose values stay in the artifact's file, for sets that fill the memory.
type Mapped struct {
	Set
	tensor *artifacts.Tensor[float64]
}

// Map opens the artifact; its Values are read-only, and gone after Close.
func Map(a *artifacts.Artifact) (*Mapped, error) {
	s, err := labels(a)
	if err != nil {
		return nil, err
	}
	t, err := artifacts.OpenTensor[float64](a, Tensor)
	if err != nil {
		return nil, err
	}
	s.Values = t.Data
	if err := s.check(a, t.Shape); err != nil {
		t.Close()
		return nil, err
	}
	return &Mapped{s, t}, nil
}

// Forget gives back the memory of the values until they are read again.
func (m *Mapped) Forget() { m.tensor.Forget() }

// Close ends the use of Values. Unmapping loses nothing.
func (m *Mapped) Close() { m.tensor.Close() }
