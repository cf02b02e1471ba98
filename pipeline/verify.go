package pipeline

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"realnet/artifacts"
	"realnet/artifacts/schemas/page"
	"realnet/pipeline/step"
)

// ArtifactsFolder is the folder within a run's folder that has the artifacts of its
// nodes, each below its node's ID, where the run was exported with them.
const ArtifactsFolder = "artifacts"

// FactsFolder has, below each node's ID, where and when a container made its artifact,
// which then does not say it itself. It is a record and nothing depends on it.
const FactsFolder = "facts"

// RunCheck is what a check of a run's folder found.
type RunCheck struct {
	Run     string   `json:"run"`
	Study   string   `json:"study"`
	Nodes   int      `json:"nodes"`             // whose artifact is whole and made of what run.json says
	Files   int      `json:"files"`             // of the report, as the run wrote them
	Faults  []string `json:"faults"`            // one a line; none: the run is what it says
	Foreign []string `json:"foreign,omitempty"` // files of the folder that no run wrote; no fault

	digests map[string]artifacts.Digest // by node; "" where it was not made
}

func (c *RunCheck) fault(format string, args ...any) {
	c.Faults = append(c.Faults, fmt.Sprintf(format, args...))
}

// VerifyRun compares everything that a run's folder claims: each node of run.json with
// the artifact's manifest (stage, parameters, inputs), each artifact's files with their
// digests, and each file of the folder with the report that the run made. The
// artifacts are those below artifacts/ in the folder, else those of the store, which
// may be nil. The error is of a folder that holds no run, or of ctx.
func VerifyRun(ctx context.Context, dir string, store *artifacts.Store) (*RunCheck, error) {
	rec, err := ReadRun(dir)
	if err != nil {
		return nil, err
	}
	c := &RunCheck{Run: dir, Study: rec.Study.Study, Faults: []string{}, digests: map[string]artifacts.Digest{}}
	for _, n := range rec.Nodes {
		c.digests[n.ID] = n.Digest
	}
	if len(rec.Nodes) == 0 {
		c.fault("%s names no node", RunFile)
	}
	var report *artifacts.Artifact
	for _, n := range rec.Nodes {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if n.Digest == "" {
			if n.Phase == Done || n.Phase == Cached {
				c.fault("%s: is %s and has no digest", n.ID, n.Phase)
			}
			continue
		}
		a, err := nodeArtifact(dir, store, n)
		if err == nil {
			err = c.node(rec, n, a)
		}
		if err != nil {
			c.fault("%s: %v", n.ID, err)
			continue
		}
		c.Nodes++
		if n.Stage == ReportStage {
			report = a
		}
	}
	if err := c.record(rec, dir, report); err != nil {
		return nil, err
	}
	c.files(rec, dir)
	return c, c.strays(rec, dir)
}

// nodeArtifact finds the artifact of a node: in the run's folder, else in the store.
func nodeArtifact(dir string, store *artifacts.Store, n Outcome) (*artifacts.Artifact, error) {
	if !filepath.IsLocal(filepath.FromSlash(n.ID)) {
		return nil, errors.New("is no name of a node")
	}
	inside := filepath.Join(dir, ArtifactsFolder)
	if _, err := os.Stat(inside); err == nil {
		return artifacts.Open(filepath.Join(inside, filepath.FromSlash(n.ID)))
	}
	if store == nil {
		return nil, fmt.Errorf("%s is not in the run's folder", n.Digest)
	}
	a, err := store.Get(n.Digest)
	if errors.Is(err, artifacts.ErrNotFound) {
		return nil, fmt.Errorf("%w: give the store of the run with --store, or run the study again", err)
	}
	return a, err
}

// node compares one node with its artifact.
func (c *RunCheck) node(rec RunRecord, n Outcome, a *artifacts.Artifact) error {
	m := a.Manifest()
	if m.Digest != n.Digest {
		return fmt.Errorf("%s says %s, the artifact there is %s of stage %s", RunFile, n.Digest.Short(), m.Digest.Short(), m.Provenance.Stage)
	}
	if m.Provenance.Stage != n.Stage {
		return fmt.Errorf("%s says stage %s, the artifact is of stage %s", RunFile, n.Stage, m.Provenance.Stage)
	}
	if !sameJSON(n.Params, m.Provenance.Params) {
		return fmt.Errorf("%s says other parameters than its artifact was made with", RunFile)
	}
	inputs := map[string][]artifacts.Digest{}
	for _, in := range n.In {
		d, ok := c.digests[in.Node]
		if in.Node == "" {
			i := slices.IndexFunc(rec.Externals, func(e step.External) bool { return e.Name == in.External })
			if ok = i >= 0; ok {
				d = artifacts.Digest(rec.Externals[i].Digest)
			}
		}
		if !ok || d == "" {
			return fmt.Errorf("%s names no artifact for its input %s", RunFile, in.Port)
		}
		inputs[in.Port] = append(inputs[in.Port], d)
	}
	if !maps.EqualFunc(inputs, m.Provenance.Inputs, slices.Equal) {
		return fmt.Errorf("its artifact was made of other inputs than %s says", RunFile)
	}
	return a.Verify()
}

func sameJSON(a, b json.RawMessage) bool {
	one, errA := artifacts.Canonical(a)
	other, errB := artifacts.Canonical(b)
	return errA == nil && errB == nil && bytes.Equal(one, other)
}

// record compares the list of files and the study with the report's artifact.
func (c *RunCheck) record(rec RunRecord, dir string, report *artifacts.Artifact) error {
	if report == nil {
		if rec.Missing == "" {
			c.fault("%s has no whole report", RunFile)
		}
		if len(rec.Files) > 0 {
			c.fault("%s lists files of a report that the run has not", RunFile)
		}
		return nil
	}
	if !slices.Equal(rec.Files, report.Manifest().Files) {
		c.fault("%s does not list the files of the report's artifact", RunFile)
	}
	text, err := os.ReadFile(filepath.Join(dir, RunFile))
	if err != nil {
		return err
	}
	var own struct { // as written, whatever fields this version has
		Study json.RawMessage `json:"study"`
	}
	if err := json.Unmarshal(text, &own); err != nil {
		return err
	}
	var params struct {
		Study json.RawMessage `json:"study_json"`
	}
	if err := json.Unmarshal(report.Manifest().Provenance.Params, &params); err != nil || len(params.Study) == 0 {
		return nil //nolint:nilerr // a program that replaces the stage may take other parameters
	}
	if !sameJSON(own.Study, params.Study) {
		c.fault("%s has another study than the report was made of", RunFile)
	}
	return nil
}

// files compares the files of the folder with the list.
func (c *RunCheck) files(rec RunRecord, dir string) {
	for _, f := range rec.Files {
		if !filepath.IsLocal(filepath.FromSlash(f.Name)) {
			c.fault("%s: is no name of a file in the folder", f.Name)
			continue
		}
		if _, err := rec.read(dir, f.Name); err != nil {
			c.fault("%v", err)
			continue
		}
		c.Files++
	}
}

// strays lists what is in the folder and not of the run.
func (c *RunCheck) strays(rec RunRecord, dir string) error {
	return fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(name, ArtifactsFolder+"/"):
			id := strings.TrimPrefix(name, ArtifactsFolder+"/")
			if _, ok := c.digests[id]; ok {
				return fs.SkipDir // checked against its manifest, which lists every file
			}
		case name == FactsFolder && d.IsDir():
			return fs.SkipDir
		case d.IsDir(), name == RunFile, lists(rec.Files, name):
		case path.Base(name) == artifacts.ManifestName && strings.HasPrefix(name, ArtifactsFolder+"/"):
			c.fault("%s: is the artifact of no node of %s", path.Dir(name), RunFile)
		case name == page.HTML, name == page.Results, name == page.Study:
			c.fault("%s: is not of this run", name)
		default:
			c.Foreign = append(c.Foreign, name)
		}
		return nil
	})
}

// Differ lists the nodes whose artifacts are not bit-identical in two runs.
func (c *RunCheck) Differ(other *RunCheck) []string {
	var faults []string
	for _, id := range slices.Sorted(maps.Keys(c.digests)) {
		switch d, ok := other.digests[id]; {
		case !ok:
			faults = append(faults, id+": only in "+c.Run)
		case d == "" || d != c.digests[id]:
			faults = append(faults, fmt.Sprintf("%s: %q in %s, %q in %s", id, c.digests[id], c.Run, d, other.Run))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(other.digests)) {
		if _, ok := c.digests[id]; !ok {
			faults = append(faults, id+": only in "+other.Run)
		}
	}
	return faults
}
