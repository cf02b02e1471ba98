// Package eigen decomposes symmetric matrices in float64: eigenvalues descending, and the
// eigenvectors of the largest. The results have the same bits for any number of workers.
package eigen
