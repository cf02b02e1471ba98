package slurm

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"realnet/pipeline"
)

// A run records the settings in force and where they were made, and no value of an
// argument that may be secret.
func TestSettingsRememberWhereTheyWereMade(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", dir)
	file := filepath.Join(dir, "realnet", "slurm")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("# of this machine\naccount = p123\npartition=cpu\nmemory=per-cpu\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv(Environment, "partition=fast extra=--export=TOKEN=abc memory=1.5")
	s, err := ReadSettings([]string{"time.train=4:00:00", "extra=--mail-user=me@example.org --nice", "memory=2"}, []string{"train"})
	if err != nil {
		t.Fatal(err)
	}
	want := []pipeline.Setting{
		{Key: "account", Value: "p123", From: file},
		{Key: "memory", Value: "per-cpu", From: file},
		{Key: "partition", Value: "fast", From: Environment},
		{Key: "extra", Value: "--export", From: Environment},
		{Key: "time.train", Value: "4:00:00", From: "--slurm"},
		{Key: "extra", Value: "--mail-user --nice", From: "--slurm"},
		{Key: "memory", Value: "2", From: "--slurm"},
	}
	if !reflect.DeepEqual(s.Made, want) {
		t.Errorf("recorded\n%v\nwant\n%v", s.Made, want)
	}
	if s.Account != "p123" || s.Partition != "fast" || s.Memory != 2 || !s.MemoryPerCPU {
		t.Errorf("settings in force: %+v", s)
	}
}
