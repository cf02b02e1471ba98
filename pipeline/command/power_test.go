package command

import (
	"encoding/csv"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"realnet/artifacts"
	"realnet/pipeline"
)

// tinyWorld makes a run of the demo take a second or two; nothing can be found in it.
var tinyWorld = []string{
	"--set", "synth.images={size: 32, pretrain: 24, train: 24, test: 8}", "--set", "stimuli.size=32", "--set", "pretrain.epochs=1", "--set", "train.epochs=1",
	"--set", "pca.components=4", "--set", "rsa={permutations: 10, bootstrap: 10}", "--set", "dimensions={resamples: 10, permutations: 10}",
	"--set", "rois=[V1]", "--set", "synth.eeg.noise=20", "--vary", "eeg_subjects=2",
}

func TestPowerRunsEveryWorldOnceAndResumes(t *testing.T) {
	dir := t.TempDir()
	power := func(more ...string) (rows []map[string]any) {
		t.Helper()
		code, stdout, stderr := execute(t, append(append([]string{"-q", "power", "demo", "--out", dir, "--json", "--null"}, tinyWorld...), more...)...)
		if code != ExitOK {
			t.Fatalf("exit %d: %s", code, stderr)
		}
		var page struct{ Rows []map[string]any }
		if err := json.Unmarshal([]byte(stdout), &page); err != nil {
			t.Fatal(err)
		}
		return page.Rows
	}
	records := func() map[string]time.Time {
		files, err := filepath.Glob(filepath.Join(dir, "runs", "*", "*", "run.json"))
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]time.Time{}
		for _, f := range files {
			info, err := os.Stat(f)
			if err != nil {
				t.Fatal(err)
			}
			out[f] = info.ModTime()
		}
		return out
	}
	rows := power("--seeds", "1", "--vary", "subjects=1")
	any := 0
	for _, r := range rows {
		if r["runs"] != 1.0 || r["ci_low"].(float64) > r["found"].(float64) || r["ci_high"].(float64) < r["found"].(float64) {
			t.Errorf("row %v", r)
		}
		if r["effect"] == "any" {
			any++
		}
	}
	first := records()
	if any != 2 || len(first) != 2 {
		t.Fatalf("%d cells with a tally of false claims, %d runs, want 2 and 2", any, len(first))
	}
	// One more seed and one more cell, after one run lost its results: only the missing
	// worlds run, and the store keeps none of them, as after the first command.
	lost := filepath.Join(dir, "runs", "eeg_subjects=2_subjects=1", "null-seed-1", "results.json")
	if err := os.Remove(lost); err != nil {
		t.Fatal(err)
	}
	if rows = power("--seeds", "2", "--vary", "subjects=1,2"); rows[0]["runs"] != 2.0 {
		t.Errorf("row %v", rows[0])
	}
	store, err := artifacts.OpenStore(filepath.Join(dir, "store"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if kept, err := store.Runs(); err != nil || len(kept) != 0 {
		t.Errorf("the store keeps the artifacts of %v, %v", slices.Sorted(maps.Keys(kept)), err)
	}
	second := records()
	again := 0
	for f, at := range first {
		if !second[f].Equal(at) {
			again++
			if !strings.Contains(f, "null-seed-1") {
				t.Errorf("%s was run again", f)
			}
		}
	}
	if again != 1 || len(second) != 8 {
		t.Errorf("%d runs again, %d runs, want 1 and 8", again, len(second))
	}
	for _, name := range []string{"power.csv", "worlds.csv"} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		lines, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
		if err != nil || lines[0][1] != "subjects" || len(lines) < 20 {
			t.Errorf("%s: %v, %d lines, %v", name, lines[0], len(lines), err)
		}
	}
	for _, name := range []string{"power.parquet", "report.html"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() < 1000 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Worlds whose settings plant nothing are null worlds, also without --null.
func TestPowerNamesWorldsByTheirTruth(t *testing.T) {
	dir := t.TempDir()
	args := append([]string{"-q", "power", "demo", "--out", dir, "--seeds", "1", "--vary", "synth.planted=0,1", "--set", "subjects=[\"01\"]", "--set", "synth.fmri.subjects=1"}, tinyWorld...)
	if code, _, stderr := execute(t, args...); code != ExitOK {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	text, err := os.ReadFile(filepath.Join(dir, "worlds.csv"))
	if err != nil {
		t.Fatal(err)
	}
	lines, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	planted, world, truth := slices.Index(lines[0], "synth.planted"), slices.Index(lines[0], "world"), slices.Index(lines[0], "truth")
	for _, l := range lines[1:] {
		if want := map[string]string{"0": "null", "1": "planted"}[l[planted]]; l[world] != want || want == "null" && l[truth] == pipeline.TruthPlanted {
			t.Errorf("synth.planted=%s is a %s world with a claim that is %s", l[planted], l[world], l[truth])
		}
	}
	for _, run := range []string{"synth.planted=0_eeg_subjects=2/null-seed-1", "synth.planted=1_eeg_subjects=2/planted-seed-1"} {
		if _, err := os.Stat(filepath.Join(dir, "runs", run, "results.json")); err != nil {
			t.Error(err)
		}
	}
}

func TestPowerRefuses(t *testing.T) {
	for args, want := range map[string]string{
		"haxby":                                         "does not make its data",
		"demo --vary subjects":                          "want KEY=V1,V2",
		"demo --vary synth.nothing=1":                   "unknown field",
		"demo --vary seed=1,2":                          "--seeds and --null set it",
		"demo --seeds 0":                                "want 1 to",
		"demo --null --set synth.planted=0.5":           "--seeds and --null set it",
		"demo --vary subjects=3,5 --vary subjects=1":    "comes twice",
		"demo --slurm partition=cpu --vary subjects=3":  "need --executor slurm",
		"demo --vary synth.fmri.reliability=0.5,2":      "not within",
		"demo --set synth.images.test=200 --vary rois=": "want KEY=V1,V2",
	} {
		out := filepath.Join(t.TempDir(), "out")
		code, _, stderr := execute(t, append(append([]string{"power"}, strings.Fields(args)...), "--out", out)...)
		if code != ExitUsage || !strings.Contains(stderr, want) {
			t.Errorf("power %s: exit %d, %s; want %q", args, code, stderr, want)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("power %s made %s", args, out)
		}
	}
}
