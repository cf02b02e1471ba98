// Package examples_test runs the programs that the documentation shows.
package examples_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"realnet/data/realdata"
)

// TestOriginReport replaces the report of a study by the Python example.
func TestOriginReport(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program and runs a study")
	}
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("no python3")
	}
	realdata.Path(t, "haxby2001", "scan_key.txt")
	dir := t.TempDir()
	realnet, out := filepath.Join(dir, "realnet"), filepath.Join(dir, "run")
	command := func(name string, args ...string) {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Env = append(os.Environ(), "REALNET_STORE="+filepath.Join(dir, "store"))
		if text, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, text)
		}
	}
	command("go", "build", "-o", realnet, "../..")
	command(realnet, "reproduce", "haxby", "--data", realdata.Dir(), "--swap", "report=origin_report.py", "--out", out)

	page, err := os.ReadFile(filepath.Join(out, "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), "<td>statistics</td><td>stats</td>") {
		t.Errorf("the page does not name the stage that made its input:\n%s", page)
	}
	text, err := os.ReadFile(filepath.Join(out, "results.json"))
	if err != nil {
		t.Fatal(err)
	}
	var results struct {
		Results []struct{ Value float64 }
	}
	if err := json.Unmarshal(text, &results); err != nil || len(results.Results) == 0 || results.Results[0].Value <= 0 {
		t.Errorf("results %+v, %v", results, err)
	}
}
