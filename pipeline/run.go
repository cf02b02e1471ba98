package pipeline

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"realnet/artifacts"
	"realnet/pipeline/step"
)

// RunFile is the name of the file that describes a run in its folder.
const RunFile = "run.json"

// RunRecord is what a run's folder says about the run: enough to show it, to
// compare it, to check it and to make it again.
type RunRecord struct {
	Study     Study                   `json:"study"`
	Command   []string                `json:"command"`
	Started   time.Time               `json:"started"`
	Wall      float64                 `json:"wall_s"`
	Executor  string                  `json:"executor"`
	Settings  []Setting               `json:"settings,omitempty"` // of the executor
	Jobs      int                     `json:"jobs"`
	Store     string                  `json:"store"`
	Nodes     []Outcome               `json:"nodes"`
	Externals []step.External         `json:"externals,omitempty"`
	Swaps     map[string]step.Program `json:"swaps,omitempty"`
	Code      string                  `json:"code,omitempty"` // of all stages in the plan: Runner.CodeOf

	// Files are what the run has in its folder beside run.json: those of its report.
	// What is not listed is the user's.
	Files []artifacts.FileInfo `json:"files,omitempty"`
	// Missing says why the folder has no report; "" when it has one.
	Missing string `json:"missing,omitempty"`
}

// Setting is one setting of an executor that the user made, and where: a flag, a file of
// the machine or a variable. It has no influence on results.
type Setting struct {
	Key   string `json:"key"`
	Value string `json:"value"`
	From  string `json:"from"`
}

// ErrNoRun is returned when a folder holds no run.
var ErrNoRun = errors.New("holds no run")

// ReadRun reads the record in a run's folder.
func ReadRun(dir string) (RunRecord, error) {
	var rec RunRecord
	file := filepath.Join(dir, RunFile)
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return rec, fmt.Errorf("%s: %w (no %s): make one with: realnet reproduce --out %s", dir, ErrNoRun, RunFile, dir)
	}
	if err != nil {
		return rec, err
	}
	if err := json.Unmarshal(text, &rec); err != nil {
		return rec, fmt.Errorf("%s is no record of a run: %w", file, err)
	}
	return rec, nil
}

// ErrStale is returned when a file in a run's folder is not the one that the run
// wrote.
var ErrStale = errors.New("is not the file that this run wrote")

// read returns one of the run's files from its folder. A file of another run, or
// one that was edited, is ErrStale; one that the run never wrote fs.ErrNotExist.
func (rec RunRecord) read(dir, name string) ([]byte, error) {
	file := filepath.Join(dir, filepath.FromSlash(name))
	i := slices.IndexFunc(rec.Files, func(f artifacts.FileInfo) bool { return f.Name == name })
	if i < 0 {
		return nil, fmt.Errorf("%s: %w", file, fs.ErrNotExist)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	if artifacts.NewDigest(text).Hex() != rec.Files[i].SHA256 {
		return nil, fmt.Errorf("%s %w (%s): run the study again, or another --out", file, ErrStale, RunFile)
	}
	return text, nil
}
