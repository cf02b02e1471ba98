package statistics

// Kinds of results of the stage encoding.
const (
	Encoding           = "encoding"            // r of predicted and measured responses
	EncodingGain       = "encoding-gain"       // less that of the reference
	EncodingNormalised = "encoding-normalised" // r divided by its noise ceiling
	EncodingUnique     = "encoding-unique"     // variance that a layer explains beside the reference
	CKA                = "cka"                 // of layers and responses
	CKAGain            = "cka-gain"            // less that of the reference
)
