package command

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"realnet/artifacts"
	"realnet/pipeline"
)

func TestLoopback(t *testing.T) {
	for addr, ok := range map[string]bool{
		"127.0.0.1:0": true, "localhost:80": true, "[::1]:8000": true, "127.9.9.9:1": true,
		"0.0.0.0:80": false, ":80": false, "[::]:80": false, "10.0.0.1:80": false, "example.org:80": false, "127.0.0.1": false, "localhost.example.org:1": false,
	} {
		if err := loopback(addr); (err == nil) != ok {
			t.Errorf("%s: %v", addr, err)
		}
	}
}

// Only requests that name this machine are answered, only reads, and nothing
// beside the run's files.
func TestGuard(t *testing.T) {
	run := fstest.MapFS{"report.html": {Data: []byte("the page")}, "figures/a.svg": {Data: []byte("<svg/>")}}
	server := httptest.NewServer(guard(serveRun(run)))
	defer server.Close()
	for _, c := range []struct {
		method, path, host string
		want               int
	}{
		{"GET", "/", "", 200},
		{"GET", "/figures/a.svg", "localhost:1", 200},
		{"GET", "/", "evil.example", 403},
		{"GET", "/", "127.0.0.1.evil.example", 403},
		{"POST", "/", "", 405},
		{"GET", "/../secret", "", 404},
	} {
		req, err := http.NewRequestWithContext(t.Context(), c.method, server.URL+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if c.host != "" {
			req.Host = c.host
		}
		res, err := server.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != c.want || (c.path == "/" && c.want == 200 && string(body) != "the page") {
			t.Errorf("%+v: %d %q %v", c, res.StatusCode, body, err)
		}
	}
}

// Runs are compared on one page; results that one lacks are empty there.
func TestComparisonPage(t *testing.T) {
	one, two := t.TempDir(), t.TempDir()
	write := func(dir, metric, results string) {
		s := pipeline.DefaultStudy()
		s.Report.Title = metric
		text, err := json.Marshal(pipeline.RunRecord{Study: s, Files: []artifacts.FileInfo{
			{Name: "results.json", Size: int64(len(results)), SHA256: artifacts.NewDigest([]byte(results)).Hex()},
		}})
		if err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string]string{"run.json": string(text), "results.json": results} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	write(one, "first title", `{"study":"a","results":[{"name":"gain","value":0.25,"ci_low":0.1,"ci_high":0.4,"n":3,"pass":true},{"name":"only <here>","value":1,"n":1}]}`)
	write(two, "second title", `{"study":"a","partial":["train: failed"],"results":[{"name":"gain","value":0.75,"n":3,"pass":false}]}`)
	out := filepath.Join(t.TempDir(), "c.html")
	app := &App{Stdout: io.Discard, Stderr: io.Discard}
	if err := (&Report{Runs: []string{one, two}, Out: out}).Run(context.Background(), app); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"0.250", "0.750", "0.500", "0.100 to 0.400", "only &lt;here&gt;", "train: failed", "second title", "<svg"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the page has no %q", want)
		}
	}
	if err := (&Report{Runs: []string{one, two}, Out: out}).Run(context.Background(), app); err != nil {
		t.Errorf("over the page before: %v", err)
	}
	if err := os.WriteFile(out, []byte("<html>mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := (&Report{Runs: []string{one, two}, Out: out}).Run(context.Background(), app); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a page of the user's: %v", err)
	}
	if err := (&Report{Runs: []string{filepath.Join(one, "none")}}).Run(context.Background(), app); err == nil {
		t.Error("a folder without a run was shown")
	}
	if err := (&Report{Runs: []string{one}, Serve: true, Addr: "0.0.0.0:0"}).Run(context.Background(), app); err == nil {
		t.Error("a report was served to everyone")
	}
}

// Figures are drawn anew at the width of a journal's column.
func TestReportFigures(t *testing.T) {
	d := newDesk(t)
	d.study()
	run, out := filepath.Join(d.dir, "run"), filepath.Join(d.dir, "manuscript")
	code, stdout, stderr := d.run("report", run, "--figures", "pdf", "--width", "89mm", "--out", out)
	if code != ExitOK || !strings.Contains(stdout, "reliability-89mm.pdf") {
		t.Fatalf("%d %s %s", code, stdout, stderr)
	}
	text, err := os.ReadFile(filepath.Join(out, "reliability-89mm.pdf"))
	if err != nil || !strings.Contains(string(text), "/MediaBox [0 0 252.28") {
		t.Errorf("%v, %.40q", err, text)
	}
	for _, args := range [][]string{{"--figures", "eps"}, {"--figures", "svg", "--width", "8 furlongs"}, {"--figures", "svg", "--width", "1mm"}} {
		if code, _, stderr := d.run(append([]string{"report", run}, args...)...); code != ExitUsage {
			t.Errorf("%v: exit %d, %s", args, code, stderr)
		}
	}
}

func TestPoints(t *testing.T) {
	for text, want := range map[string]float64{"89mm": 252.2835, "8.9 cm": 252.2835, "3.5in": 252, "252pt": 252} {
		if got, err := points(text); err != nil || got < want-0.001 || got > want+0.001 {
			t.Errorf("%s: %v, %v, want %v", text, got, err, want)
		}
	}
}
