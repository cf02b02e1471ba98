package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
)

import "dagger/realnet/internal/dagger"

// The reason comes first, the progress not at all, and how the program ended always.
func TestReason(t *testing.T) {
	const progress = `{"level":"info","stage":"fmri","done":3,"total":12,"time":"2026-11-29T16:00:00Z","message":"runs"}` + "\n"
	for _, c := range []struct {
		code      int
		said      string
		want, not string
	}{
		{1, progress + "stage fmri: sub-1_bold.nii.gz: truncated\n" + progress, "stage fmri: sub-1_bold.nii.gz: truncated\n(exit code 1)", "info"},
		{137, progress, "exit code 137: killed by signal 9 (killed), as the kernel does when memory runs out", "level"},
		{137, progress, "it was at: runs, 3 of 12", "level"},
		{139, "panic: oh\n", "panic: oh\n(exit code 139: killed by signal 11 (segmentation fault))", "memory"},
		{2, "", "exit code 2", "("},
		{1, "{not a record}\n", "{not a record}\n(exit code 1)", "level"},
	} {
		got := reason(c.code, c.said)
		if !strings.Contains(got, c.want) || strings.Contains(got, c.not) {
			t.Errorf("exit code %d, %q: %q, want %q and no %q", c.code, c.said, got, c.want, c.not)
		}
	}
	err := failure(fmt.Errorf("sync: %w", &dagger.ExecError{ExitCode: 3, Stderr: "interrupted\n"}))
	if err == nil || err.Error() != "interrupted\n(exit code 3)" {
		t.Errorf("%v", err)
	}
	if other := errors.New("no engine"); !errors.Is(failure(other), other) || failure(nil) != nil {
		t.Error("other errors change")
	}
}

// failed.txt and the report of what there is say the same of each node.
func TestFailuresForTheReport(t *testing.T) {
	f := failures{{"rdm/002", "no mask\n(exit code 1)"}, {"rdm/001", `said "no"`}}
	if got, want := f.String(), "rdm/002: no mask\n(exit code 1)\nrdm/001: said \"no\""; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	var got map[string]string
	if err := json.Unmarshal([]byte(f.json()), &got); err != nil || !maps.Equal(got, map[string]string{"rdm/001": `said "no"`, "rdm/002": "no mask\n(exit code 1)"}) {
		t.Errorf("%s: %v", f.json(), err)
	}
	if none := (failures)(nil); none.String() != "" {
		t.Error("no failure says something")
	}
}

// A path in a container is no path that a user has: the error says what it is.
func TestWhose(t *testing.T) {
	p := plan{
		Nodes: []node{
			{ID: "fetch/fmri/002", Stage: "fetch", In: []source{{Port: "source", External: "fmri/002"}}},
			{ID: "fmri/002", Stage: "fmri", In: []source{{Port: "dataset", Node: "fetch/fmri/002"}}},
			{ID: "rdm/002", Stage: "rdm", In: []source{{Port: "features", Node: "fmri/002"}, {Port: "stimuli", Node: "fmri/001"}}},
		},
		Externals: []external{{Name: "fmri/002", Path: "/data/two"}},
	}
	for _, c := range []struct {
		node       int
		said, want string
	}{
		{0, "/in/0/sub002/x.tsv: bad", "/in/0/sub002/x.tsv: bad\n(/in/0 is folder two of --data)"},
		{1, "/in/0/files/x.tsv:2: bad", "/in/0/files/x.tsv:2: bad\n(/in/0 is the artifact of fetch/fmri/002; /in/0/files are copies of folder two of --data)"},
		{2, "/in/1/a and more", "/in/1/a and more\n(/in/1 is the artifact of fmri/001)"},
		{2, "no path", "no path"},
	} {
		if got := p.whose(p.Nodes[c.node], c.said); got != c.want {
			t.Errorf("got\n%s\nwant\n%s", got, c.want)
		}
	}
}
