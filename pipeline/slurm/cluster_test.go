package slurm_test

import (
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"realnet/pipeline"
	"realnet/pipeline/executortest"
	"realnet/pipeline/slurm"
)

func TestMain(m *testing.M) {
	os.Exit(executortest.Main(m, executortest.Heads{"slurm": newHead}))
}

// newHead is the executor of a head. Its settings come by REALNET_SLURM.
func newHead() (pipeline.Executor, error) {
	settings, err := slurm.ReadSettings(nil, executortest.Registry().Names())
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	return &slurm.Slurm{Settings: settings, Program: []string{self, "stage"}, Log: zerolog.New(os.Stderr).Level(zerolog.WarnLevel)}, err
}

// needCluster skips a test by name where no Slurm runs. ci/slurm/test-cluster starts one.
func needCluster(t *testing.T) {
	t.Helper()
	if os.Getenv("SLURM_CONF") == "" {
		t.Skip("no Slurm: eval \"$(ci/slurm/test-cluster start DIR 3)\" starts one")
	}
	if out, err := exec.Command("scontrol", "ping").CombinedOutput(); err != nil {
		t.Skipf("no Slurm answers: %s", out)
	}
}

// testSettings react within seconds.
func testSettings(t *testing.T) slurm.Settings {
	t.Helper()
	s := slurm.DefaultSettings()
	s.Poll, s.Latency, s.AnyLibC, s.CPUs = 300*time.Millisecond, 3*time.Second, true, 1
	s.Local = nil
	return s
}

func newExecutor(t *testing.T) pipeline.Executor {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	log := zerolog.New(zerolog.NewTestWriter(t)).Level(zerolog.InfoLevel)
	return &slurm.Slurm{Settings: testSettings(t), Program: []string{self, "stage"}, Log: log}
}

func TestConformance(t *testing.T) {
	needCluster(t)
	t.Setenv(slurm.Environment, "poll=300ms latency=3s libc=same cpus=1 local=fetch") // of heads
	executortest.Run(t, newExecutor)
}
