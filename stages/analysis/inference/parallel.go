package inference

import "runtime"

// perWorker makes one value for each worker that Options allow.
func perWorker[T any](o Options, make1 func() T) []T {
	n := o.Workers
	if n < 1 {
		n = runtime.GOMAXPROCS(0)
	}
	out := make([]T, n)
	for i := range out {
		out[i] = make1()
	}
	return out
}
