package pipeline_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/rs/zerolog"

	"realnet/artifacts"
	"realnet/pipeline"
	"realnet/pipeline/executortest"
	"realnet/pipeline/identity"
)

// chain is numbers a, b -> sum -> report, and another numbers c -> report.
func chain(t testing.TB, paramsOfA string) *pipeline.Plan {
	t.Helper()
	p := pipeline.NewPlan("chain", executortest.Registry())
	add := func(id, stage, params string, in ...pipeline.Input) {
		t.Helper()
		if _, err := p.Add(id, stage, json.RawMessage(params), in...); err != nil {
			t.Fatal(err)
		}
	}
	add("a", "numbers", paramsOfA)
	add("b", "numbers", `{"n":3,"seed":2}`)
	add("sum", "sum", `{}`, pipeline.From("numbers", "a"), pipeline.From("numbers", "b"))
	add("c", "numbers", `{"n":2,"seed":5}`)
	add("report", "report", `{}`, pipeline.From("numbers", "sum"), pipeline.From("numbers", "c"))
	return p
}

func newRunner(t testing.TB, dir string, sources fstest.MapFS) *pipeline.Runner {
	t.Helper()
	store, err := artifacts.OpenStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	code, err := identity.New(sources)
	if err != nil {
		t.Fatal(err)
	}
	return &pipeline.Runner{Registry: executortest.Registry(), Code: code, Store: store, Executor: pipeline.Local{}, Jobs: 2, Log: zerolog.Nop()}
}

// ran runs a plan and returns the nodes that were made anew, sorted.
func ran(t testing.TB, r *pipeline.Runner, p *pipeline.Plan) []string {
	t.Helper()
	out, err := r.Run(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, o := range out {
		if o.Phase == pipeline.Done {
			names = append(names, o.ID)
		}
	}
	slices.Sort(names)
	return names
}

func TestOnlyWhatChangedRunsAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	const first = `{"n":3,"seed":1}`
	edit := func(name, from, to string) fstest.MapFS {
		s := executortest.Sources()
		text := strings.ReplaceAll(string(s[name].Data), from, to)
		if text == string(s[name].Data) {
			t.Fatalf("%s has no %q", name, from)
		}
		s[name] = &fstest.MapFile{Data: []byte(text)}
		return s
	}
	steps := []struct {
		name    string
		sources fstest.MapFS
		params  string
		want    string
	}{
		{"first run", executortest.Sources(), first, "a b c report sum"},
		{"nothing changed", executortest.Sources(), first, ""},
		{"a parameter", executortest.Sources(), `{"n":4,"seed":1}`, "a report sum"},
		{"and back", executortest.Sources(), first, ""},
		{"the same parameters in other words", executortest.Sources(), `{ "seed": 1, "n": 3, "sleep_ns": 0}`, ""},
		{"a comment", edit("stages/sum/stage.go", "// first", "// second"), first, ""},
		{"the sum's code", edit("stages/sum/stage.go", "= 1", "= 2"), first, "report sum"},
		{"the report's code", edit("stages/report/stage.go", "= 1", "= 2"), first, "report"},
		{"what all link", edit("shared/shared.go", "package shared", "package shared\n\nvar X int"), first, "a b c report sum"},
	}
	for _, s := range steps {
		r := newRunner(t, dir, s.sources)
		p := chain(t, s.params)
		status, err := r.Status(p)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(ran(t, r, p), " "); got != s.want {
			t.Errorf("%s: ran %q, want %q", s.name, got, s.want)
		}
		for _, st := range status {
			if wanted := slices.Contains(strings.Fields(s.want), st.ID); (st.State != "cached") != wanted {
				t.Errorf("%s: plan says %s is %s (%s), but it ran: %v", s.name, st.ID, st.State, st.Reason, wanted)
			}
			if st.State == "run" && st.Reason == "" {
				t.Errorf("%s: no reason for %s", s.name, st.ID)
			}
		}
	}
}

func TestReasonsSayWhatChanged(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	ran(t, newRunner(t, dir, executortest.Sources()), chain(t, `{"n":3,"seed":1}`))
	r := newRunner(t, dir, executortest.Sources())
	status, err := r.Status(chain(t, `{"n":4,"seed":1}`))
	if err != nil {
		t.Fatal(err)
	}
	if want := "parameters changed: n 3 -> 4"; status[0].Reason != want {
		t.Errorf("reason %q, want %q", status[0].Reason, want)
	}
	if want := "runs after a"; status[2].Reason != want {
		t.Errorf("reason %q, want %q", status[2].Reason, want)
	}
}

func TestWorkersDoNotChangeArtifacts(t *testing.T) {
	var digests [2][]artifacts.Digest
	for i, jobs := range []int{1, 8} {
		r := newRunner(t, filepath.Join(t.TempDir(), "store"), executortest.Sources())
		r.Jobs = jobs
		out, err := r.Run(context.Background(), chain(t, `{"n":3,"seed":1}`))
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range out {
			digests[i] = append(digests[i], o.Digest)
		}
	}
	if !slices.Equal(digests[0], digests[1]) {
		t.Fatalf("1 worker: %v, 8 workers: %v", digests[0], digests[1])
	}
}

func TestFailureStopsWhatDependsOnItAlone(t *testing.T) {
	p := pipeline.NewPlan("broken", executortest.Registry())
	add := func(id, stage, params string, in ...pipeline.Input) {
		if _, err := p.Add(id, stage, json.RawMessage(params), in...); err != nil {
			t.Fatal(err)
		}
	}
	add("bad", "fail", `{"message":"no mask"}`)
	add("good", "numbers", `{"n":3}`)
	add("after", "sum", `{}`, pipeline.From("numbers", "bad"))
	add("report", "report", `{}`, pipeline.From("numbers", "after"), pipeline.From("numbers", "good"))
	r := newRunner(t, filepath.Join(t.TempDir(), "store"), executortest.Sources())
	out, err := r.Run(context.Background(), p)
	if err == nil || !strings.Contains(err.Error(), "bad: stage fail: no mask") {
		t.Fatalf("got %v", err)
	}
	want := []pipeline.Phase{pipeline.Failed, pipeline.Done, pipeline.Skipped, pipeline.Skipped}
	for i, o := range out {
		if o.Phase != want[i] {
			t.Errorf("%s is %s, want %s", o.ID, o.Phase, want[i])
		}
	}
	out = r.PartialReport(context.Background(), p, out)
	report := pipeline.ReportOf(out)
	if report == nil {
		t.Fatal("no partial report")
	}
	if got := executortest.Totals(t, report)[0]; got != -2 {
		t.Errorf("the partial report knows of %v missing nodes, want 2", -got)
	}
}

// A failure elsewhere is reported in its own words; nothing is run for it.
func TestFailureElsewhereIsReported(t *testing.T) {
	p := pipeline.NewPlan("broken", executortest.Registry())
	add := func(id, stage, params string, in ...pipeline.Input) {
		if _, err := p.Add(id, stage, json.RawMessage(params), in...); err != nil {
			t.Fatal(err)
		}
	}
	add("bad", "numbers", `{"n":2}`)
	add("good", "numbers", `{"n":3}`)
	add("after", "sum", `{}`, pipeline.From("numbers", "bad"))
	add("report", "report", `{}`, pipeline.From("numbers", "after"), pipeline.From("numbers", "good"))
	r := newRunner(t, filepath.Join(t.TempDir(), "store"), executortest.Sources())
	good, err := p.Until("numbers")
	if err != nil {
		t.Fatal(err)
	}
	r.Failures = map[string]string{"bad": "no mask (exit code 1)"}
	if _, err := r.Run(context.Background(), good); err == nil || err.Error() != "bad: no mask (exit code 1)" {
		t.Fatalf("got %v", err)
	}
	r.Only = pipeline.ReportStage
	out, err := r.Run(context.Background(), p)
	if err == nil || err.Error() != "bad: no mask (exit code 1)" {
		t.Fatalf("got %v", err)
	}
	want := []pipeline.Phase{pipeline.Failed, pipeline.Cached, pipeline.Skipped, pipeline.Skipped}
	for i, o := range out {
		if o.Phase != want[i] {
			t.Errorf("%s is %s, want %s", o.ID, o.Phase, want[i])
		}
	}
	out = r.PartialReport(context.Background(), p, out)
	if report := pipeline.ReportOf(out); report == nil {
		t.Fatal("no partial report")
	}
}

func TestDamagedArtifactIsMadeAgain(t *testing.T) {
	for _, hurt := range []struct {
		name string
		do   func(file string) error
	}{
		{"removed", os.Remove},
		{"truncated", func(f string) error { return os.WriteFile(f, []byte("PAR1"), 0o644) }},
		{"one bit", func(f string) error {
			text, err := os.ReadFile(f)
			if err != nil {
				return err
			}
			text[len(text)/2] ^= 1
			if err := os.Chmod(f, 0o644); err != nil {
				return err
			}
			return os.WriteFile(f, text, 0o644)
		}},
	} {
		t.Run(hurt.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "store")
			p := chain(t, `{"n":3,"seed":1}`)
			out, err := newRunner(t, dir, executortest.Sources()).Run(context.Background(), p)
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(out[2].Artifact.Dir(), executortest.Table)
			if err := os.Chmod(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(file, 0o644); err != nil {
				t.Fatal(err)
			}
			if err := hurt.do(file); err != nil {
				t.Fatal(err)
			}
			r := newRunner(t, dir, executortest.Sources())
			again, err := r.Run(context.Background(), p)
			if err != nil {
				t.Fatal(err)
			}
			if again[2].Phase != pipeline.Done || !strings.Contains(again[2].Reason, executortest.Table) {
				t.Errorf("sum: %s (%s), want it made again and the file named", again[2].Phase, again[2].Reason)
			}
			for i := range out {
				if out[i].Digest != again[i].Digest {
					t.Errorf("%s has another digest after the repair", out[i].ID)
				}
			}
		})
	}
}

func TestTwoRunsAtOnceShareTheWork(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	p := chain(t, `{"n":3,"seed":1,"sleep_ns":200000000}`)
	made := make([]int, 2)
	var wg sync.WaitGroup
	for i := range made {
		r := newRunner(t, dir, executortest.Sources())
		wg.Go(func() {
			out, err := r.Run(context.Background(), p)
			if err != nil {
				t.Error(err)
			}
			for _, o := range out {
				if o.Phase == pipeline.Done {
					made[i]++
				}
			}
		})
	}
	wg.Wait()
	if made[0]+made[1] != 5 {
		t.Errorf("the runs made %d and %d nodes, want 5 together", made[0], made[1])
	}
}

func TestInterruptKeepsWhatIsFinished(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	p := chain(t, `{"n":3,"seed":1,"sleep_ns":3600000000000}`) // a would take an hour
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r := newRunner(t, dir, executortest.Sources())
	r.Events = func(e pipeline.Event) {
		if e.Node == "b" && e.Phase == pipeline.Done {
			cancel()
		}
	}
	out, err := r.Run(ctx, p)
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	if out[1].Phase != pipeline.Done {
		t.Fatalf("b is %s", out[1].Phase)
	}
	status, err := newRunner(t, dir, executortest.Sources()).Status(p)
	if err != nil || status[1].State != "cached" {
		t.Fatalf("b is %v (%v), want cached", status[1].State, err)
	}
}

func TestOnlyNeedsItsInputs(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	p, err := chain(t, `{"n":3,"seed":1}`).Until("sum")
	if err != nil {
		t.Fatal(err)
	}
	r := newRunner(t, dir, executortest.Sources())
	r.Only = "sum"
	if _, err := r.Run(context.Background(), p); err == nil || !strings.Contains(err.Error(), "--until sum") {
		t.Fatalf("got %v, want advice to use --until", err)
	}
	r.Only = ""
	ran(t, r, p)
	r.Only = "sum"
	if got := ran(t, r, p); len(got) != 0 {
		t.Errorf("ran %v", got)
	}
}

func TestPlansRefuseWhatCannotRun(t *testing.T) {
	p := chain(t, `{}`)
	for _, c := range []struct {
		name, id, stage, params string
		in                      []pipeline.Input
		want                    string
	}{
		{"unknown stage", "x", "numbres", `{}`, nil, `did you mean "numbers"?`},
		{"twice", "a", "numbers", `{}`, nil, "planned twice"},
		{"unknown parameter", "x", "numbers", `{"sede":1}`, nil, `did you mean "seed"?`},
		{"unknown node", "x", "sum", `{}`, []pipeline.Input{pipeline.From("numbers", "zz")}, `no node "zz"`},
		{"unknown port", "x", "sum", `{}`, []pipeline.Input{pipeline.From("rdms", "a")}, `no port "rdms"`},
		{"no folder", "x", "sum", `{}`, []pipeline.Input{pipeline.FromFolder("numbers", "a")}, "no external folder"},
	} {
		if _, err := p.Add(c.id, c.stage, json.RawMessage(c.params), c.in...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
	if err := p.Check(); err != nil {
		t.Error(err)
	}
}

// wide is a plan of n nodes: layers of ten numbers and one sum each.
func wide(t testing.TB, n int) *pipeline.Plan {
	t.Helper()
	p := pipeline.NewPlan("wide", executortest.Registry())
	for i := 0; len(p.Nodes) < n; i++ {
		var in []pipeline.Input
		for j := range 10 {
			id := fmt.Sprintf("numbers/%d/%d", i, j)
			if _, err := p.Add(id, "numbers", json.RawMessage(fmt.Sprintf(`{"n":2,"seed":%d}`, i*10+j))); err != nil {
				t.Fatal(err)
			}
			in = append(in, pipeline.From("numbers", id))
		}
		if _, err := p.Add(fmt.Sprintf("sum/%d", i), "sum", struct{}{}, in...); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// BenchmarkPlan1000 makes a plan of 1,000 nodes and asks the store for each:
// the target is 0.3 s.
func BenchmarkPlan1000(b *testing.B) {
	r := newRunner(b, filepath.Join(b.TempDir(), "store"), executortest.Sources())
	ran(b, r, wide(b, 1000))
	for b.Loop() {
		if _, err := r.Status(wide(b, 1000)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkStage is the machinery's share of one small stage in process: the
// target is 10 ms.
func BenchmarkStage(b *testing.B) {
	r := newRunner(b, filepath.Join(b.TempDir(), "store"), executortest.Sources())
	r.Jobs = 1
	seed := 0
	for b.Loop() {
		seed++
		p := pipeline.NewPlan("one", executortest.Registry())
		if _, err := p.Add("n", "numbers", json.RawMessage(fmt.Sprintf(`{"n":2,"seed":%d}`, seed))); err != nil {
			b.Fatal(err)
		}
		if len(ran(b, r, p)) != 1 {
			b.Fatal("nothing ran")
		}
	}
}

// A key of the store that leads to another node's artifact, whole and of the same schema,
// gives nobody its numbers: the node runs again and the key is right again.
func TestKeyOfAnotherNodesArtifact(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	r := newRunner(t, dir, executortest.Sources())
	plan := chain(t, `{"n":3,"seed":1}`)
	before, err := r.Run(context.Background(), plan)
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "keys", "*"))
	if err != nil || len(files) != len(before) {
		t.Fatalf("%d keys, %v", len(files), err)
	}
	a, b := string(before[0].Digest), string(before[1].Digest)
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(f, []byte(strings.ReplaceAll(string(text), a, b)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	status, err := r.Status(plan)
	if err != nil || status[0].State != "run" {
		t.Errorf("status of %s: %s, %v; want run", status[0].ID, status[0].State, err)
	}
	after, err := r.Run(context.Background(), plan)
	if err != nil {
		t.Fatal(err)
	}
	for i := range before {
		want := pipeline.Cached
		if i == 0 {
			want = pipeline.Done
		}
		if after[i].Digest != before[i].Digest || after[i].Phase != want {
			t.Errorf("%s: %s %s, want %s %s", after[i].ID, after[i].Phase, after[i].Digest, want, before[i].Digest)
		}
	}
	if again := ran(t, r, plan); len(again) != 0 {
		t.Errorf("%v ran once more", again)
	}
}
