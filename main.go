// Command realnet reproduces, end to end, the study "Teaching CORnet Human fMRI
// Representations for Enhanced Model-Brain Alignment".
package main

import (
	"embed"
	"os"

	"realnet/pipeline/command"
)

// sources is this module's code. A stage is stale when the code that it links
// changed, so the program carries what it was built from.
//
//go:embed go.mod model/*.go model/*/*.go model/*/*.s artifacts/*.go artifacts/schemas/*/*.go data/*/*.go data/*/*/*.go data/catalogue/inventory/* stages/*.go stages/*/*.go stages/analysis/*/*.go stages/analysis/*/*/*.go stages/analysis/*/*.s stages/analysis/*/*/*.s stages/*/text/* stages/report/*/*
var sources embed.FS

func main() {
	os.Exit(command.Main(os.Args[1:], sources, os.Stdout, os.Stderr))
}
