package stages

import (
	"realnet/stages/fetch"
	"realnet/stages/fmri"
	"realnet/stages/rdm"
	"realnet/stages/report"
	"realnet/stages/rsa"
	"realnet/stages/stats"
)

// All returns every stage of the program.
func All() Registry {
	return NewRegistry(fetch.Stage, fmri.Stage, rdm.Stage, report.Stage, rsa.Stage, stats.Stage)
}
