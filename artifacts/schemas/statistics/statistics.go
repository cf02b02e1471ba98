// Package statistics is the artifact of a study's results: one row per number
// with its uncertainty, its test and, for checks, its verdict. What a number is
// of is in columns; names and texts are for readers.
package statistics

import (
	"math"

	"realnet/artifacts"
)

// Row is one result.
type Row struct {
	Name       string  `col:"name" doc:"unique within a study, slash-separated, such as reliability/patterns/sub-01/VT"`
	Kind       string  `col:"kind" doc:"what the value is: similarity, gain, ratio, encoding, encoding-gain, encoding-normalised, encoding-unique, cka, cka-gain, objective, objectives, dimension, dimensions, cluster, reliability, agreement, ceiling-lower, ceiling-upper, accuracy, accuracy-change, beta-loss, beta-chosen, sign"`
	Family     string  `col:"family" doc:"results that are corrected together have the same"`
	Value      float64 `col:"value"`
	CILow      float64 `col:"ci_low" doc:"95 % interval of the value; NaN without one"`
	CIHigh     float64 `col:"ci_high"`
	P          float64 `col:"p" doc:"not corrected over the family; NaN without a test"`
	PCorrected float64 `col:"p_corrected" doc:"corrected over the family, or by the test itself (clusters); NaN without a test"`
	N          int64   `col:"n" doc:"units that the interval and the test are over"`
	Unit       string  `col:"unit" doc:"what n counts: images, conditions, EEG subjects, networks"`
	NSubjects  int64   `col:"n_subjects" doc:"training subjects, or subjects, that the interval and the test are over as well; 0 for none"`
	Test       string  `col:"test" doc:"how interval and p came about, for readers"`
	Check      string  `col:"check" doc:"pass, fail, or empty when the result is no check"`
	Text       string  `col:"text" doc:"what the result means, one sentence for readers"`

	Model     string  `col:"model" doc:"variant of the study"`
	Reference string  `col:"reference" doc:"what the model is compared with: another variant; of an agreement, the other region"`
	Relation  string  `col:"relation" doc:"brain and model: within (the brain that trained it), across, other (dataset), eeg; of a reliability what was repeated: patterns, rdm, sessions"`
	Layer     string  `col:"layer" doc:"empty: the mean of all"`
	Subject   string  `col:"subject" doc:"of one subject; empty: of all"`
	Session   string  `col:"session"`
	ROI       string  `col:"roi" doc:"region; overall: the mean of all"`
	Dimension string  `col:"dimension" doc:"of the objects; empty where the value is of none, or of a group of them"`
	Planted   string  `col:"planted" doc:"of dimensions in a synthetic world: yes when its brains encode them, else no"`
	Beta      float64 `col:"beta" doc:"weight of the brain term, of the results that choose one; NaN elsewhere"`
	Time      float64 `col:"time" doc:"seconds, of a cluster its first time; NaN where there is none"`
	TimeEnd   float64 `col:"time_end" doc:"seconds, last time of a cluster; NaN elsewhere"`
	Method    string  `col:"method" doc:"comparator of RDMs; spearman-partial and spearman-semi-partial remove the other dimensions; empty where none was used"`
}

// Kinds of results.
const (
	Similarity     = "similarity"
	Gain           = "gain"       // similarity less that of the reference
	Ratio          = "ratio"      // improvement over the base network
	Dimension      = "dimension"  // gain with one object dimension
	Dimensions     = "dimensions" // mean gain with a group of dimensions
	Cluster        = "cluster"    // of times at which models differ
	Reliability    = "reliability"
	Agreement      = "agreement" // of brains of different kinds
	CeilingLower   = "ceiling-lower"
	CeilingUpper   = "ceiling-upper"
	Accuracy       = "accuracy"
	AccuracyChange = "accuracy-change"
	BetaLoss       = "beta-loss"
	BetaChosen     = "beta-chosen"
	Sign           = "sign" // of a reproduction gone wrong
)

// Relations of a brain to a model.
const (
	Within = "within" // the brain that trained it
	Across = "across" // the brain of another subject
	Other  = "other"  // a brain of another dataset
	EEG    = "eeg"    // another modality
)

// Relations of a reliability: what was repeated.
const (
	Patterns = "patterns"
	RDM      = "rdm"
	Sessions = "sessions"
)

// Overall in the column roi is the mean of all regions.
const Overall = "overall"

// Values of the column planted.
const (
	Planted    = "yes"
	NotPlanted = "no"
)

// Verdicts of checks.
const (
	Pass = "pass"
	Fail = "fail"
)

// New is a row without any number.
func New(kind, name, family string) Row {
	nan := math.NaN()
	return Row{Kind: kind, Name: name, Family: family, Value: nan, CILow: nan, CIHigh: nan, P: nan, PCorrected: nan, Beta: nan, Time: nan, TimeEnd: nan}
}

// HasInterval reports whether the value has an interval.
func (r Row) HasInterval() bool { return !math.IsNaN(r.CILow) && !math.IsNaN(r.CIHigh) }

// Tested reports whether the value was tested.
func (r Row) Tested() bool { return !math.IsNaN(r.P) }

// Table is the file name within the artifact.
const Table = "statistics.parquet"

// Schema of the artifact.
var Schema = artifacts.Define(artifacts.Schema{
	Name: "statistics", Version: 2, Doc: "results with intervals, tests and checks",
	Files: []artifacts.FileSpec{artifacts.TableOf[Row](Table)},
})

// Write puts rows into w.
func Write(w *artifacts.Writer, rows []Row) error { return artifacts.WriteTable(w, Table, rows) }

// Read reads all rows.
func Read(a *artifacts.Artifact) ([]Row, error) { return artifacts.ReadTable[Row](a, Table) }
