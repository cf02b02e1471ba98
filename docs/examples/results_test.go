package examples_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"realnet/artifacts"
	"realnet/artifacts/schemas/page"
	"realnet/artifacts/schemas/statistics"
)

// The blocks of docs/report.md that read a run's results in Python, R and DuckDB give
// the gains that were written, by the interpreters that are there.
func TestResultsElsewhere(t *testing.T) {
	text, err := os.ReadFile("../report.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := runsDemo(t)
	for _, c := range []struct {
		language string
		programs []string
		flag     string
		probe    string // what a program must run to be of use
	}{
		{"python", []string{"python3", "/usr/bin/python3"}, "-c", "import pandas"},
		{"r", []string{"Rscript"}, "-e", "1"},
		{"sql", []string{"duckdb", os.Getenv("REALNET_DUCKDB")}, "-c", "select 1"},
	} {
		t.Run(c.language, func(t *testing.T) {
			block := regexp.MustCompile("(?s)```" + c.language + "\n(.*?)```").FindStringSubmatch(string(text))
			if block == nil {
				t.Fatal("docs/report.md has no such block")
			}
			for _, program := range c.programs {
				if program == "" || exec.Command(program, c.flag, c.probe).Run() != nil {
					continue
				}
				cmd := exec.Command(program, c.flag, block[1])
				cmd.Dir = dir
				out, err := cmd.CombinedOutput()
				if err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
				for _, want := range []string{"aligned", "within", "0.067", "0.053", "0.082"} {
					if !strings.Contains(string(out), want) {
						t.Errorf("%q is not in:\n%s", want, out)
					}
				}
				if strings.Contains(string(out), "0.073") || strings.Contains(string(out), "0.061") {
					t.Errorf("the gain over the control, or of one subject, is in:\n%s", out)
				}
				return
			}
			t.Skipf("SKIPPED: no program that runs %q", c.probe)
		})
	}
}

// runsDemo is a folder with the results of a run in runs/demo.
func runsDemo(t *testing.T) string {
	dir := t.TempDir()
	w, err := artifacts.Create(filepath.Join(dir, "runs", "demo"), page.Schema)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	row := func(reference, subject string, value float64) statistics.Row {
		r := statistics.New(statistics.Gain, "gain/aligned/within/over-"+reference+subject, "gain/within")
		r.Model, r.Reference, r.Relation, r.Subject, r.Value, r.CILow, r.CIHigh, r.P, r.PCorrected = "aligned", reference, statistics.Within, subject, value, value-0.014, value+0.015, 0.001, 0.002
		return r
	}
	rows := []statistics.Row{row("base", "", 0.067), row("control", "", 0.073), row("base", "01", 0.061)}
	if err := artifacts.WriteTable(w, page.ResultsTable, rows); err != nil {
		t.Fatal(err)
	}
	var list []map[string]any
	csv := "kind,model,reference,relation,subject,value,ci_low,ci_high,p,p_corrected\n"
	for _, r := range rows {
		entry := map[string]any{"kind": r.Kind, "model": r.Model, "reference": r.Reference, "relation": r.Relation, "value": r.Value, "ci_low": r.CILow, "ci_high": r.CIHigh, "p": r.P, "p_corrected": r.PCorrected}
		if r.Subject != "" {
			entry["subject"] = r.Subject
		}
		list = append(list, entry)
		text, err := json.Marshal([]float64{r.Value, r.CILow, r.CIHigh, r.P, r.PCorrected})
		if err != nil {
			t.Fatal(err)
		}
		csv += strings.Join([]string{r.Kind, r.Model, r.Reference, r.Relation, r.Subject, strings.Trim(string(text), "[]")}, ",") + "\n"
	}
	text, err := json.Marshal(map[string]any{"results": list})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{page.HTML: "<!doctype html>", page.Results: string(text), "tables/results.csv": csv} {
		f, err := w.File(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Commit(artifacts.Provenance{Stage: "report", Params: json.RawMessage("{}")}); err != nil {
		t.Fatal(err)
	}
	return dir
}
