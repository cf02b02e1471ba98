// Package slurm runs the nodes of a plan as jobs of a Slurm cluster.
//
// Ready nodes are collected into arrays, one task of an array each. A job runs
// `realnet stage` into a folder of its own below the store; this process, the head,
// alone puts what it finds there into the store, after comparing its provenance with
// what was asked for. So a job needs no lock, and exit code 0 alone proves nothing.
//
// An attempt at a node is a folder (slurm/jobs/KEY/N). A random token is written into
// it before sbatch is called, and is the name of the job: a head that starts again
// finds its jobs by it, whatever number they got. A job claims its attempt before it
// runs, so that an array that was submitted twice runs once. What became of a job is
// read from its own exit file first and from Slurm second; a question that Slurm does
// not answer never means anything about a job.
//
// Not here: what a stage does, the store's own locks, which nodes are stale.
package slurm
