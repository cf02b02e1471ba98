// Package stage defines what a stage is: a pure function from input artifacts
// and parameters to one output artifact.
//
// A stage is a value of type [Stage], made by [New] from a [Spec], the default
// parameters and a run function. Everything that runs stages (the command
// `realnet stage`, the executors, the container module) sees only this value,
// and every stage can be swapped for another program that keeps the contract
//
//	realnet stage NAME --params params.json --in PORT=DIR [--in PORT=DIR ...] --out DIR
//
// A stage reads its inputs and parameters, writes its output through [Env.Out]
// and nothing else. The same inputs, parameters and machine type give
// bit-identical output, whatever [Env.Workers] says. Randomness comes only from
// a parameter named "seed".
//
// Not here: which stages exist (package stages), who runs them and when
// (package pipeline), what an artifact is (package artifacts).
package stage
