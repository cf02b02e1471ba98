// Command forms goes from the data of each form to a first result, as a new user does:
// with a store that is empty, in a folder that the field's tool wrote
// (ci/reference/forms.py), by the commands that docs/measurements/forms.md lists. It
// compares the result with numpy's and scipy's, and prints that page.
//
//	go run ./ci/forms > docs/measurements/forms.md
package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"realnet/data/npy"
)

// dir is the folder of the forms, from the root of the repository.
const dir = "ci/forms/testdata"

// tolerance of a result.
const tolerance = 1e-6

// form is one entry of forms.json.
type form struct {
	Folder   string          `json:"folder"`  // below dir
	Archive  string          `json:"archive"` // or a zip, from the root of the repository
	Form     string          `json:"form"`
	Tool     string          `json:"tool"`
	Commands []string        `json:"commands"`
	Result   string          `json:"result"` // file that the commands make
	Expected json.RawMessage `json:"expected"`
}

// name is the form's in errors.
func (f form) name() string {
	if f.Folder != "" {
		return f.Folder
	}
	return strings.TrimSuffix(filepath.Base(f.Archive), ".zip")
}

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "forms:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	program, err := filepath.Abs(filepath.Join(os.TempDir(), fmt.Sprintf("realnet-forms-%d", os.Getpid()), "realnet"))
	if err != nil {
		return err
	}
	defer os.RemoveAll(filepath.Dir(program))
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	list, err := read(".")
	if err != nil {
		return err
	}
	var rows strings.Builder
	for _, f := range list {
		seconds, err := f.try(ctx, ".", program)
		if err != nil {
			return fmt.Errorf("%s: %w", f.name(), err)
		}
		fmt.Fprintf(&rows, "| %s | %s | %s | %.1f |\n", f.Form, f.Tool, "`"+strings.Join(f.Commands, "`<br>`")+"`", seconds)
	}
	fmt.Printf(page, rows.String())
	return nil
}

const page = `# From your data to a first result

Each form of data, the commands in a folder that the named tool wrote, and the seconds that they take for the first time (empty store, two cores, program built). Results equal those of numpy and scipy on the same values to 1e-6; ` + "`TestForms`" + ` runs the same commands. Written by ` + "`go run ./ci/forms`" + `.

| data | written by | commands | seconds |
|---|---|---|---|
%s
Forms that need a study file with a section of their own ([own arrays](../own-arrays.md), [data](../data.md)), and the tests that compare their values: estimates of SPM, FSL, nilearn and single trials (` + "`studies new` writes the file: `TestStudiesNewBetas`; `TestBetasEqualNibabel`" + `), GIFTI and CIFTI surfaces (` + "`TestSurfacesEqualNumPy`" + `), arrays with a table of trials (` + "`TestRandomForms`" + `), the Natural Scenes Dataset (` + "`TestNSD`" + `), EEGLAB (` + "`TestEEGLAB`" + `), BData (` + "`TestBDataSamples`" + `).
`

// read lists the forms of the repository at root.
func read(root string) ([]form, error) {
	text, err := os.ReadFile(filepath.Join(root, dir, "forms.json"))
	if err != nil {
		return nil, err
	}
	var list []form
	return list, json.Unmarshal(text, &list)
}

// try runs the commands of a form and compares what they make.
func (f form) try(ctx context.Context, root, program string) (seconds float64, err error) {
	work, err := os.MkdirTemp("", "realnet-form-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(work)
	data := filepath.Join(work, "mine")
	if f.Archive != "" {
		z, err := zip.OpenReader(filepath.Join(root, f.Archive))
		if err != nil {
			return 0, err
		}
		defer func() { _ = z.Close() }()
		err = os.CopyFS(data, z)
		if err != nil {
			return 0, err
		}
	} else if err := os.CopyFS(data, os.DirFS(filepath.Join(root, dir, f.Folder))); err != nil {
		return 0, err
	}
	begun := time.Now()
	for _, command := range f.Commands {
		cmd := exec.CommandContext(ctx, "sh", "-c", command)
		cmd.Dir = data
		cmd.Env = append(os.Environ(), "PATH="+filepath.Dir(program)+string(os.PathListSeparator)+os.Getenv("PATH"), "REALNET_STORE="+filepath.Join(work, "store"))
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		var exit *exec.ExitError
		if err := cmd.Run(); errors.As(err, &exit) && exit.ExitCode() == checksFailed {
			continue // random data need not be reliable
		} else if err != nil {
			return 0, fmt.Errorf("%s: %w: %s", command, err, stderr.String())
		}
	}
	seconds = time.Since(begun).Seconds()
	return seconds, f.compare(filepath.Join(data, f.Result))
}

// checksFailed is the exit code of a study that ran, and whose checks failed.
const checksFailed = 4

// compare compares the result with what was expected.
func (f form) compare(path string) error {
	if string(f.Expected) == "null" {
		_, err := os.Stat(path)
		return err
	}
	if filepath.Ext(path) == ".npy" {
		var want []float64
		if err := json.Unmarshal(f.Expected, &want); err != nil {
			return err
		}
		a, err := npy.Open(path)
		if err != nil {
			return err
		}
		defer a.Close()
		got, err := a.Float64()
		if err != nil {
			return err
		}
		if len(got) != len(want) {
			return fmt.Errorf("%d values, want %d", len(got), len(want))
		}
		for i := range want {
			if !(math.Abs(got[i]-want[i]) <= tolerance) {
				return fmt.Errorf("value %d is %v, want %v", i, got[i], want[i])
			}
		}
		return nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var want map[string]float64
	if err := json.Unmarshal(f.Expected, &want); err != nil {
		return err
	}
	var made struct {
		Results []struct {
			Name, Subject, ROI string
			Value              *float64
		}
	}
	if err := json.Unmarshal(text, &made); err != nil {
		return err
	}
	for _, r := range made.Results {
		name := r.Name
		if name == "" { // of realnet rsa
			name = r.Subject + " " + r.ROI
		}
		if v, ok := want[name]; ok {
			if r.Value == nil || !(math.Abs(*r.Value-v) <= tolerance) {
				return fmt.Errorf("%s is %v, want %v", name, r.Value, v)
			}
			delete(want, name)
		}
	}
	if len(want) > 0 {
		return fmt.Errorf("no result %v in %s", want, text[:min(len(text), 1000)])
	}
	return nil
}
