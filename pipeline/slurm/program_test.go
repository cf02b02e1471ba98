package slurm

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// What running attempts name stays however old it is; what nobody names goes.
func TestSweep(t *testing.T) {
	base := filepath.Join(t.TempDir(), "the [store]", "slurm")
	past := time.Now().Add(-100 * 24 * time.Hour)
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(base, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("jobs/running/1/batch", "token1 0\n")
	write("jobs/running/1/run", "exec '"+base+"/programs/digest1/realnet' 'stage'")
	write("jobs/over/1/batch", "token2 0\n")
	write("jobs/over/1/run", "exec '"+base+"/programs/digest2/realnet' 'stage'")
	write("jobs/over/1/over", "failed\n")
	for _, name := range []string{"batches/token1/list", "batches/token2/list", "programs/digest1/realnet", "programs/digest2/realnet", "batches/new/list", "programs/new/realnet"} {
		write(name, "")
	}
	for _, name := range []string{"jobs/over/1/over", "jobs/running/1/batch", "batches/token1", "batches/token2", "programs/digest1", "programs/digest2"} {
		if err := os.Chtimes(filepath.Join(base, name), past, past); err != nil {
			t.Fatal(err)
		}
	}
	sweep(base)
	for name, stays := range map[string]bool{
		"jobs/running/1": true, "jobs/over": false, "batches/token1": true, "batches/token2": false, "programs/digest1": true, "programs/digest2": false,
		"batches/new": true, "programs/new": true,
	} {
		if _, err := os.Stat(filepath.Join(base, name)); (err == nil) != stays {
			t.Errorf("%s stays: %v, want %v", name, err == nil, stays)
		}
	}
}
