package model

import (
	"os"
	"path/filepath"
	"testing"
)

// The limit of a control group counts, be it this process's own or one above it, of
// either version; pages of files are given back on demand.
func TestAvailableMemoryHonoursControlGroups(t *testing.T) {
	const meminfo = "MemTotal: 9000000 kB\nMemAvailable: 8000000 kB\n"
	for _, c := range []struct {
		name  string
		files map[string]string
		want  int64
	}{
		{"no group", nil, 8000000 << 10},
		{"unlimited", map[string]string{"sys/fs/cgroup/memory.max": "max\n", "sys/fs/cgroup/memory.current": "5\n"}, 8000000 << 10},
		{"container", map[string]string{
			"sys/fs/cgroup/memory.max": "1000000\n", "sys/fs/cgroup/memory.current": "400000\n", "sys/fs/cgroup/memory.stat": "anon 1\nfile 100000\n",
		}, 700000},
		{"a job of Slurm", map[string]string{
			"proc/self/cgroup":                                                 "0::/system.slice/slurmstepd.scope/job_7/step_batch\n",
			"sys/fs/cgroup/system.slice/memory.max":                            "max\n",
			"sys/fs/cgroup/system.slice/memory.current":                        "1\n",
			"sys/fs/cgroup/system.slice/slurmstepd.scope/job_7/memory.max":     "5000\n",
			"sys/fs/cgroup/system.slice/slurmstepd.scope/job_7/memory.current": "1000\n",
		}, 4000},
		{"version 1", map[string]string{
			"proc/self/cgroup": "5:cpu,cpuacct:/a\n4:memory:/a/b\n",
			"sys/fs/cgroup/memory/a/memory.limit_in_bytes":   "3000\n",
			"sys/fs/cgroup/memory/a/memory.usage_in_bytes":   "1000\n",
			"sys/fs/cgroup/memory/a/memory.stat":             "total_cache 500\n",
			"sys/fs/cgroup/memory/a/b/memory.limit_in_bytes": "9223372036854771712\n",
			"sys/fs/cgroup/memory/a/b/memory.usage_in_bytes": "1000\n",
		}, 2500},
		{"over its limit", map[string]string{"sys/fs/cgroup/memory.max": "10\n", "sys/fs/cgroup/memory.current": "20\n"}, 0},
	} {
		root := t.TempDir()
		files := map[string]string{"proc/meminfo": meminfo}
		for name, text := range c.files {
			files[name] = text
		}
		for name, text := range files {
			if err := os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, ok := availableBelow(root); !ok || got != c.want {
			t.Errorf("%s: %d (%v), want %d", c.name, got, ok, c.want)
		}
	}
	if _, ok := availableBelow(t.TempDir()); ok {
		t.Error("memory is known where nothing says")
	}
}
