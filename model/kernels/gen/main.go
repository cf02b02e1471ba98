// Command gen writes the assembly of package kernels with avo. Run it through
// go generate in the package's folder; it takes one family at a time:
//
//	go run ./gen -family gemm -out gemm_amd64.s -stubs gemm_amd64.go -pkg kernels
package main

import (
	"flag"
	"fmt"
	"os"

	. "github.com/mmcloughlin/avo/build"
)

var family = flag.String("family", "", "kernels to write: gemm, winograd, rows, flat or pairs")

func main() {
	flag.Parse()
	families := map[string]func(){
		"gemm":     gemm,
		"winograd": winograd,
		"rows":     rows,
		"flat":     flat,
		"pairs":    pairs,
	}
	write, ok := families[*family]
	if !ok {
		fmt.Fprintf(os.Stderr, "gen: no family %q\n", *family)
		os.Exit(2)
	}
	ConstraintExpr("amd64")
	write()
	Generate()
}
