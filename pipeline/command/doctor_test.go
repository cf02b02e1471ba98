package command

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"realnet/pipeline"
)

func TestDoctor(t *testing.T) {
	d := newDesk(t)
	code, stdout, stderr := d.run("doctor", "--json")
	var got struct {
		Fit      bool               `json:"fit"`
		Findings []pipeline.Finding `json:"findings"`
	}
	if err := json.Unmarshal([]byte(stdout), &got); err != nil {
		t.Fatalf("%v\n%s%s", err, stdout, stderr)
	}
	for _, name := range []string{"platform", "kernel", "cores", "memory", "store", "locks", "disk"} {
		if !slices.ContainsFunc(got.Findings, func(f pipeline.Finding) bool { return f.Name == name && f.Found != "" }) {
			t.Errorf("nothing about %s: %s", name, stdout)
		}
	}
	if (code == ExitOK) != got.Fit {
		t.Errorf("exit %d, fit %v", code, got.Fit)
	}
	for _, f := range got.Findings {
		if f.State != pipeline.OK && f.Advice == "" {
			t.Errorf("%s is %s and nothing says what to do", f.Name, f.State)
		}
	}
}

// What keeps a study from running is an error that says what to do.
func TestDoctorFindsWhatIsMissing(t *testing.T) {
	d := newDesk(t)
	file := filepath.Join(d.dir, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("REALNET_KERNEL", "sse")
	code, stdout, stderr := d.run("doctor", "--store", filepath.Join(file, "store"))
	if code != ExitFailed || !strings.Contains(stdout, "--store DIR") || !strings.Contains(stdout, "REALNET_KERNEL=sse") || !strings.Contains(stderr, ErrUnfit.Error()) {
		t.Errorf("exit %d\n%s%s", code, stdout, stderr)
	}
	t.Setenv("PATH", t.TempDir())
	code, stdout, _ = d.run("doctor", "--executor", "slurm")
	if code != ExitFailed || !strings.Contains(stdout, "sbatch is not in PATH") || !strings.Contains(stdout, "login node") {
		t.Errorf("exit %d\n%s", code, stdout)
	}
}
