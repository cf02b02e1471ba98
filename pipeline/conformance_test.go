package pipeline_test

import (
	"os"
	"testing"

	"realnet/pipeline"
	"realnet/pipeline/executortest"
)

func TestMain(m *testing.M) {
	if code, ok := executortest.StageMain(); ok {
		os.Exit(code)
	}
	os.Exit(m.Run())
}

func TestLocalConformance(t *testing.T) {
	executortest.Run(t, func(*testing.T) pipeline.Executor { return pipeline.Local{} })
}

func TestProcessConformance(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	executortest.Run(t, func(*testing.T) pipeline.Executor { return pipeline.Process{Command: []string{self, "stage"}} })
}
