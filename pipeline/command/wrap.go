package command

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"realnet/artifacts"
	"realnet/artifacts/schemas/features"
	"realnet/artifacts/schemas/patterns"
	"realnet/pipeline/arrays"
	"realnet/pipeline/step"
	"realnet/stages/stage"
)

// The commands for the user's files wrap the stages of the same names: files are read
// into artifacts in memory, the stage runs on them, and what it made is written as asked.

// inputs are artifacts by port.
type inputs map[string][]*artifacts.Artifact

// inMemory makes an artifact in memory; name stands for it in messages.
func inMemory(name string, schema artifacts.Schema, write func(*artifacts.Writer) error) (*artifacts.Artifact, error) {
	w, err := artifacts.InMemory(name, schema)
	if err != nil {
		return nil, err
	}
	if err := write(w); err != nil {
		return nil, err
	}
	return w.Commit(artifacts.Provenance{Stage: "realnet", Machine: artifacts.ThisMachine()})
}

// maxBuffered is how large an artifact on the way may be in memory; larger ones go to the
// disk.
const maxBuffered = 256 << 20

// buffered makes an artifact of about that many bytes that is needed for a while only: in
// memory, or at dir.
func buffered(dir string, schema artifacts.Schema, bytes int, write func(*artifacts.Writer) error) (*artifacts.Artifact, error) {
	if bytes <= maxBuffered {
		return inMemory(dir, schema, write)
	}
	w, err := artifacts.Create(dir, schema)
	if err != nil {
		return nil, err
	}
	defer w.Abort()
	if err := write(w); err != nil {
		return nil, err
	}
	return w.Commit(artifacts.Provenance{Stage: "realnet", Machine: artifacts.ThisMachine()})
}

// scratchFolder is the path of a folder beside out, for what is needed for a while only.
func scratchFolder(out string) (dir string, remove func(), err error) {
	dir, err = os.MkdirTemp(existing(filepath.Dir(out)), ".realnet-scratch-*")
	return dir, func() { os.RemoveAll(dir) }, err
}

// existing is the innermost folder of a path that is there.
func existing(dir string) string {
	for {
		if info, err := os.Stat(dir); err == nil && info.IsDir() || dir == filepath.Dir(dir) {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}

// canonical checks the parameters of a stage; what the stage refuses is a usage error that
// names the flag.
func canonical(st stage.Stage, params any) (json.RawMessage, error) {
	raw, err := json.Marshal(params)
	if err != nil {
		return nil, err
	}
	if raw, err = st.Canonical(raw); err != nil {
		if inner := errors.Unwrap(err); inner != nil {
			err = inner
		}
		name, _, _ := strings.Cut(err.Error(), ":")
		if strings.Contains(name, "_") {
			err = errors.New(strings.Replace(err.Error(), name, strings.ReplaceAll(name, "_", "-"), 1))
		}
		return nil, usagef("--%w", err)
	}
	return raw, nil
}

// runStage runs a stage into out.
func (a *App) runStage(ctx context.Context, st stage.Stage, params any, in inputs, workers int, out *artifacts.Writer) error {
	raw, err := canonical(st, params)
	if err != nil {
		return err
	}
	env := &stage.Env{In: in, Out: out, Workers: step.Cores(workers), Log: a.Log, Progress: a.stageProgress()}
	err = st.Run(ctx, env, raw)
	if inner := errors.Unwrap(err); inner != nil && strings.HasPrefix(err.Error(), "stage "+st.Name+": ") && !errors.Is(err, stage.ErrPanic) {
		err = inner // the command's name says it
	}
	if err == nil {
		err = ctx.Err() // a cancelled stage may have stopped early without saying so
	}
	return err
}

// stageInMemory runs a stage and keeps what it made in memory.
func (a *App) stageInMemory(ctx context.Context, st stage.Stage, params any, in inputs, workers int) (*artifacts.Artifact, error) {
	return inMemory("the result of "+st.Name, st.Out, func(w *artifacts.Writer) error {
		return a.runStage(ctx, st, params, in, workers, w)
	})
}

// stageProgress logs how far a stage is, every few seconds.
func (a *App) stageProgress() func(done, total int64, note string) {
	var mu sync.Mutex
	last := time.Now()
	return func(done, total int64, note string) {
		mu.Lock()
		defer mu.Unlock()
		if time.Since(last) < 5*time.Second {
			return
		}
		last = time.Now()
		a.Log.Info().Int64("done", done).Int64("total", total).Msg(note)
	}
}

// given keeps the paths that are not empty.
func given(paths ...string) []string {
	var out []string
	for _, p := range paths {
		if p != "" {
			out = append(out, p)
		}
	}
	return out
}

// one is a list of one artifact.
func one(a *artifacts.Artifact, err error) ([]*artifacts.Artifact, error) {
	return []*artifacts.Artifact{a}, err
}

// inFile says in which file an error arose that is not about the command line.
func inFile(path string, err error) error {
	var usage usageError
	if errors.As(err, &usage) {
		return err
	}
	return arrays.InFile(path, err)
}

// isArtifact says that a path is an artifact's folder.
func isArtifact(path string) bool {
	_, err := os.Stat(filepath.Join(path, artifacts.ManifestName))
	return err == nil
}

// stageInput opens an artifact that a stage takes as it is, and names its port: patterns
// or features; nil for anything else.
func stageInput(path string) (art *artifacts.Artifact, port string) {
	if !isArtifact(path) {
		return nil, ""
	}
	art, err := artifacts.Open(path)
	if err != nil {
		return nil, "" // which reading it then says
	}
	switch kind := art.Manifest().Schema.Name; kind {
	case patterns.Schema.Name, features.Schema.Name:
		return art, kind
	}
	return nil, ""
}

// readDoubles reads an array for what computes in float64. Values in float32 that are in
// their file as in memory are converted from there, not from a copy of the file.
func readDoubles(ctx context.Context, path string, o arrays.Options) (*arrays.Array, []float64, error) {
	o.InPlace = true
	x, err := arrays.Read(ctx, path, o)
	if err != nil {
		return nil, nil, err
	}
	if x.Section != nil && (!x.Section.Single || len(x.Shape) == 0) { // float64: what computes may write to it
		o.InPlace = false
		if x, err = arrays.Read(ctx, path, o); err != nil {
			return nil, nil, err
		}
	}
	if x.Section == nil {
		return x, x.Float64(), nil
	}
	a, err := inMemory(path, features.Schema, func(w *artifacts.Writer) error {
		return x.WriteFeatures(w, "values", make([]features.Image, x.Shape[0]))
	})
	if err != nil {
		return nil, nil, err
	}
	t, err := artifacts.OpenFloats(a, features.File("values"))
	if err != nil {
		return nil, nil, err
	}
	values := t.Float64()
	return x, values, t.Close()
}
