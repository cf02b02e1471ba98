package pipeline

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"realnet/artifacts"
	"realnet/artifacts/schemas/page"
	"realnet/pipeline/step"
)

// RunFile is the name of the file that describes a run in its folder.
const RunFile = "run.json"

// RunRecord is what a run's folder says about the run: enough to show it, to
// compare it and to make it again.
type RunRecord struct {
	Study     Study                   `json:"study"`
	Command   []string                `json:"command"`
	Started   time.Time               `json:"started"`
	Wall      float64                 `json:"wall_s"`
	Executor  string                  `json:"executor"`
	Jobs      int                     `json:"jobs"`
	Store     string                  `json:"store"`
	Nodes     []Outcome               `json:"nodes"`
	Externals []step.External         `json:"externals,omitempty"`
	Swaps     map[string]step.Program `json:"swaps,omitempty"`
}

// WriteRun brings a run's folder up to date: the files of the report artifact
// (nil when there is none) and run.json, each replaced whole. Files of an earlier
// report that this one lacks are removed.
func WriteRun(dir string, rec RunRecord, report *artifacts.Artifact) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("run folder: %w", err)
	}
	if report != nil {
		if err := removeOld(dir, report.Manifest()); err != nil {
			return fmt.Errorf("run folder %s: %w", dir, err)
		}
		for _, f := range report.Manifest().Files {
			if err := copyChecked(report, f.Name, filepath.Join(dir, filepath.FromSlash(f.Name))); err != nil {
				return fmt.Errorf("run folder %s: %w", dir, err)
			}
		}
	}
	text, err := json.MarshalIndent(rec, "", "  ")
	if err != nil {
		return err
	}
	return artifacts.ReplaceFile(filepath.Join(dir, RunFile), append(text, '\n'))
}

// removeOld removes what an earlier report left in the folder and the new one
// does not have, so that a figure of one run never lies beside the page of
// another.
func removeOld(dir string, report artifacts.Manifest) error {
	now := map[string]bool{}
	for _, f := range report.Files {
		now[f.Name] = true
	}
	for _, f := range page.Schema.Files {
		old, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(f.Name)))
		if err != nil {
			return err
		}
		for _, file := range old {
			name, err := filepath.Rel(dir, file)
			if err != nil {
				return err
			}
			// What a reader put among the figures is theirs, as far as one can tell.
			if now[filepath.ToSlash(name)] || !slices.Contains([]string{".html", ".json", ".svg", ".png", ".csv", ".parquet"}, filepath.Ext(file)) {
				continue
			}
			if err := os.Remove(file); err != nil {
				return err
			}
		}
	}
	return nil
}

// copyChecked copies one verified file of an artifact.
func copyChecked(a *artifacts.Artifact, name, to string) error {
	from, err := a.Path(name)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	tmp, err := os.CreateTemp(filepath.Dir(to), ".part-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	if _, err := io.Copy(tmp, in); err != nil {
		tmp.Close()
		return err
	}
	if err := tmp.Chmod(0o644); err != nil {
		tmp.Close()
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), to)
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
		return rec, fmt.Errorf("%s: %w", file, err)
	}
	return rec, nil
}
