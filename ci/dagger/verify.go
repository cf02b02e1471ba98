package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"dagger/realnet/internal/dagger"
)

// runRecord is what this module reads of a run's run.json.
type runRecord struct {
	Nodes []struct {
		ID     string `json:"id"`
		Digest string `json:"digest"`
	} `json:"nodes"`
}

// Verify says whether the artifacts of two runs are bit-identical.
//
// It compares the digests in their run.json, such as those of a run made here and
// of one made by `go run . reproduce`, fails and names the nodes when any differs,
// and checks every artifact that the runs hold against its own digest.
func (r *Realnet) Verify(
	ctx context.Context,
	// Folder of a run.
	run *dagger.Directory,
	// Folder of the run to compare with.
	against *dagger.Directory,
) (string, error) {
	a, err := digests(ctx, run)
	if err != nil {
		return "", err
	}
	b, err := digests(ctx, against)
	if err != nil {
		return "", err
	}
	var faults []string
	for id, d := range a {
		switch other, ok := b[id]; {
		case !ok:
			faults = append(faults, id+": only in the first run")
		case d == "" || d != other:
			faults = append(faults, fmt.Sprintf("%s: %q, the other run has %q", id, d, other))
		}
	}
	for id := range b {
		if _, ok := a[id]; !ok {
			faults = append(faults, id+": only in the second run")
		}
	}
	for _, dir := range []*dagger.Directory{run, against} {
		if err := r.whole(ctx, dir); err != nil {
			faults = append(faults, err.Error())
		}
	}
	if len(a) == 0 {
		faults = append(faults, "the runs hold no node")
	}
	if len(faults) > 0 {
		return "", errors.New(strings.Join(faults, "\n"))
	}
	return fmt.Sprintf("%d artifacts are bit-identical\n", len(a)), nil
}

func digests(ctx context.Context, run *dagger.Directory) (map[string]string, error) {
	text, err := run.File("run.json").Contents(ctx)
	if err != nil {
		return nil, err
	}
	var rec runRecord
	if err := json.Unmarshal([]byte(text), &rec); err != nil {
		return nil, fmt.Errorf("run.json: %w", err)
	}
	out := map[string]string{}
	for _, n := range rec.Nodes {
		out[n.ID] = n.Digest
	}
	return out, nil
}

// whole checks the files of every artifact in a run's folder.
func (r *Realnet) whole(ctx context.Context, run *dagger.Directory) error {
	manifests, err := run.Glob(ctx, "artifacts/**/manifest.json")
	if err != nil || len(manifests) == 0 {
		return err
	}
	args := []string{"/realnet", "artifacts", "verify"}
	for _, m := range manifests {
		args = append(args, "/run/"+strings.TrimSuffix(m, "/manifest.json"))
	}
	_, err = dag.Container().WithMountedFile("/realnet", r.program()).WithMountedTemp("/tmp").
		WithEnvVariable("REALNET_STORE", "/tmp/store").
		WithMountedDirectory("/run", run, dagger.ContainerWithMountedDirectoryOpts{ReadOnly: true}).
		WithExec(args).Sync(ctx)
	return err
}
