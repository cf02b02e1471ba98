// Package executortest is the conformance suite of executors: what pipeline.Executor
// promises, checked with small stages defined here. Every executor must pass it.
//
//	func TestMain(m *testing.M) {
//		os.Exit(executortest.Main(m, executortest.Heads{"local": func() (pipeline.Executor, error) { return pipeline.Local{}, nil }}))
//	}
//
//	func TestConformance(t *testing.T) {
//		executortest.Run(t, func(t *testing.T) pipeline.Executor { return pipeline.Local{} })
//	}
package executortest
