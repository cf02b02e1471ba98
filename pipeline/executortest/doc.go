// Package executortest is the conformance suite of executors: what
// pipeline.Executor promises, checked on small stages of its own. The local
// executor, child processes and whatever comes later pass the same suite.
//
//	func TestMain(m *testing.M) {
//		os.Exit(executortest.Main(m, executortest.Heads{"local": func() (pipeline.Executor, error) { return pipeline.Local{}, nil }}))
//	}
//
//	func TestConformance(t *testing.T) {
//		executortest.Run(t, func(t *testing.T) pipeline.Executor { return pipeline.Local{} })
//	}
package executortest
