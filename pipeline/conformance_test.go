package pipeline_test

import (
	"os"
	"testing"

	"realnet/pipeline"
	"realnet/pipeline/executortest"
)

func TestMain(m *testing.M) {
	os.Exit(executortest.Main(m, executortest.Heads{
		"local":   func() (pipeline.Executor, error) { return pipeline.Local{}, nil },
		"process": newProcess,
	}))
}

// newProcess runs the toy stages as processes of the test's own binary.
func newProcess() (pipeline.Executor, error) {
	self, err := os.Executable()
	return pipeline.Process{Command: []string{self, "stage"}}, err
}

func TestLocalConformance(t *testing.T) {
	executortest.Run(t, func(*testing.T) pipeline.Executor { return pipeline.Local{} })
}

func TestProcessConformance(t *testing.T) {
	executortest.Run(t, func(t *testing.T) pipeline.Executor {
		e, err := newProcess()
		if err != nil {
			t.Fatal(err)
		}
		return e
	})
}
