package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"strings"
	"time"
)

import "dagger/realnet/internal/dagger"

// failuresFile says to realnet which nodes failed in their containers, and how.
const failuresFile = "/failures.json"

// storeFolder is the store in which realnet makes the report of what there is.
const storeFolder = "/out/store"

// Exit codes of realnet.
const (
	exitChecks  = 4   // the study ran, and a check of it did not pass
	exitSignals = 128 // and above: killed
)

// write makes the run's folder of the artifacts that there are, with the whole
// program, so that report, checks and exit code are those of a run without Dagger.
// Beside it are the artifacts and, below facts, where and when each was made.
func (s *run) write(ctx context.Context, have, facts *dagger.Directory, failed failures, lenient bool) (_ *dagger.Directory, err error) {
	ctx, end := shown(ctx, "the run's folder")
	defer func() { end(err) }()
	all := *s
	all.reuse = have
	c, args, err := all.command(ctx, "reproduce")
	if err != nil {
		return nil, err
	}
	for _, name := range sorted(s.swaps) {
		w := s.swaps[name]
		c, args = w.mount(c), append(args, "--swap", name+"="+w.path())
	}
	c = c.WithNewFile("/out/.keep", "")
	if args = append(args, "--out", "/out/run"); len(failed) == 0 {
		args = append(args, "--cached")
	} else {
		c = c.WithNewFile(failuresFile, failed.json()).WithEnvVariable("REALNET_STORE", storeFolder)
		args = append(args, "--only", "report", "--failures", failuresFile) // of what there is
	}
	ended := c.WithExec(args, dagger.ContainerWithExecOpts{Expect: dagger.ReturnTypeAny})
	code, err := ended.ExitCode(ctx)
	if err == nil && code > exitSignals { // Dagger's cache keeps this end too, and it may have been chance
		ended = c.WithEnvVariable("AGAIN", time.Now().String()).WithExec(args, dagger.ContainerWithExecOpts{Expect: dagger.ReturnTypeAny})
		code, err = ended.ExitCode(ctx)
	}
	if err != nil {
		return nil, failure(err)
	}
	said := failed.String()
	if code != 0 {
		text, err := ended.Stderr(ctx)
		if err != nil {
			return nil, err
		}
		why := reason(code, text)
		if !lenient || code > exitChecks {
			return nil, fmt.Errorf("%s\nthe report says more: --lenient returns it", why)
		}
		if len(failed) == 0 { // a check of the study
			said = why
		}
	}
	if len(failed) > 0 {
		if have, err = withPartialReport(ctx, have, ended); err != nil {
			return nil, err
		}
	}
	out := ended.Directory("/out/run").WithDirectory("artifacts", have).WithDirectory("facts", facts)
	if said != "" {
		out = out.WithNewFile("failed.txt", said+"\n")
	}
	return out.Sync(ctx)
}

// withPartialReport adds to the artifacts of a run that failed the report of what there
// is, which realnet made when it wrote the folder.
func withPartialReport(ctx context.Context, have *dagger.Directory, ended *dagger.Container) (*dagger.Directory, error) {
	text, err := ended.File("/out/run/run.json").Contents(ctx)
	if err != nil {
		return nil, err
	}
	id, object, err := reportOf(text)
	if err != nil || object == "" {
		return have, err
	}
	return have.WithDirectory(id, ended.Directory(path.Join(storeFolder, "objects", object))), nil
}

// reportOf reads in run.json which node is the report, and the name of its artifact in a
// store: "" when there is none.
func reportOf(runJSON string) (id, object string, err error) {
	var run struct {
		Nodes []struct {
			ID     string `json:"id"`
			Stage  string `json:"stage"`
			Digest string `json:"digest"`
		} `json:"nodes"`
	}
	if err := json.Unmarshal([]byte(runJSON), &run); err != nil {
		return "", "", fmt.Errorf("run.json: %w", err)
	}
	for _, n := range run.Nodes {
		if n.Stage == "report" && n.Digest != "" {
			id, object = n.ID, strings.TrimPrefix(n.Digest, "sha256:")
		}
	}
	return id, object, nil
}
