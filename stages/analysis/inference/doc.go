// Package inference tests and estimates group effects: is there an effect in the
// population that the subjects, or the images, were drawn from, and how large?
//
// # Data
//
// A Sample is subjects x points, row-major; points are times, places, or one. The
// null hypothesis of the one-sample tests is a distribution that is symmetric
// about 0 at every point; subtract chance first, or take the differences of a
// paired design with Paired.
//
// # Permutation tests
//
// Under the null the sign of a subject's whole map is arbitrary. SignFlip,
// ClusterTest and TFCE therefore flip whole maps, which keeps the correlation between
// points, and compare the observed statistic with those of the flips. The
// statistic is Student's t. Since (-x)² = x², a flip changes only the sum S of a
// point, not its sum of squares Q:
//
//	t = S sqrt((n-1) / (nQ - S²)),   |t| > T  <=>  |S| > T sqrt(nQ / (n-1+T²))
//
// so that a flip costs one signed sum a point. If 2^n <= M all flips are
// enumerated and p is the share of them that reach the observed value, the
// identity included; sums are taken in whole numbers, so that a flip which leaves the
// observed sum has exactly its t; else M are drawn and p = (b+1)/(M+1). No test of n subjects
// can give a p below 2/2^n two-sided, 1/2^n one-sided: 0.25 for 3 subjects. Every
// Result states it as SmallestP.
//
//   - SignFlip: a p for each point, and one that is corrected for looking at all
//     of them by the largest statistic of each flip (Nichols & Holmes 2002).
//   - ClusterTest: points above a threshold that touch form a cluster, its mass is
//     Σ|t|; clusters are formed anew in every flip, and an observed cluster is
//     compared with the largest mass of each (Maris & Oostenveld 2007). The test
//     controls the error of claiming any cluster; where exactly a cluster begins
//     and ends carries no error rate.
//   - TFCE: threshold-free cluster enhancement, Σ_h e(h)^E h^H dh at each point
//     (Smith & Nichols 2009), corrected by the maximum.
//   - Labels: permutes any labels, such as the conditions of an RDM.
//   - NeuroRA: the cluster test of the toolbox NeuroRA, for comparison with
//     published results alone. It is not valid; see its documentation.
//
// # Other tests and estimates
//
// OneSampleT and Wilcoxon; effect sizes with each test (Hedges' g, the rank-biserial
// correlation); MeanInterval, Percentile, BCa; Bootstrap over subjects, conditions or both; LeaveOut, for
// statistics of RDMs over conditions; Bonferroni, Holm, BenjaminiHochberg,
// BenjaminiYekutieli.
//
// # When it fails
//
// Sign flips assume symmetry: skewed data with few subjects are tested too
// liberally against one side. With 3 subjects nothing is significant at 5 %:
// report each subject's effect. Points where all subjects have one and the same
// value other than 0 have no t and are an error; where all are 0, t is 0. A
// correlation of subjects (a shared reference, a common noise source) invalidates
// every test here. Results have the same bits for any number of workers.
package inference
