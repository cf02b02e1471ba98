// Package epochs is the artifact of a subject's EEG: conditions x repetitions x
// channels x times.
package epochs

import "realnet/artifacts"

// Condition is one condition, in order.
type Condition struct {
	Name    string `col:"name"`
	Concept string `col:"concept"`
}

// Channel is one channel, in order.
type Channel struct {
	Name string `col:"name"`
}

// Time is one sample in time, in order.
type Time struct {
	Seconds float64 `col:"seconds" doc:"from stimulus onset"`
}

// File names within the artifact.
const (
	Tensor          = "epochs.arrow"
	ConditionsTable = "conditions.parquet"
	ChannelsTable   = "channels.parquet"
	TimesTable      = "times.parquet"
)

// Schema of the artifact.
var Schema = artifacts.Define(artifacts.Schema{
	Name: "epochs", Version: 1, Doc: "EEG epochs of one subject",
	Files: []artifacts.FileSpec{
		{Name: Tensor, Kind: artifacts.KindTensor, DType: artifacts.Float32, Rank: 4, Doc: "conditions x repetitions x channels x times"},
		artifacts.TableOf[Condition](ConditionsTable),
		artifacts.TableOf[Channel](ChannelsTable),
		artifacts.TableOf[Time](TimesTable),
	},
})
