package inference

import "realnet/stages/analysis/internal/parallel"

// perWorker makes one value for each worker that n tasks get.
func perWorker[T any](o Options, n int, make1 func() T) []T {
	out := make([]T, parallel.Workers(o.Workers, n))
	for i := range out {
		out[i] = make1()
	}
	return out
}
