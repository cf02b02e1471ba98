package pipeline

import (
	"encoding/json"
	"fmt"

	"realnet/artifacts"
	"realnet/stages/report/params"
)

// ReportInputs are the parameters of a run's report and its inputs by port, from the
// store.
func ReportInputs(dir string, store *artifacts.Store) (params.Params, map[string][]*artifacts.Artifact, error) {
	p := params.Default()
	rec, err := ReadRun(dir)
	if err != nil {
		return p, nil, err
	}
	digests := map[string]artifacts.Digest{}
	for _, o := range rec.Nodes {
		digests[o.ID] = o.Digest
	}
	for _, o := range rec.Nodes {
		if o.Stage != ReportStage {
			continue
		}
		if err := json.Unmarshal(o.Params, &p); err != nil {
			return p, nil, fmt.Errorf("%s: parameters of the report: %w", dir, err)
		}
		in := map[string][]*artifacts.Artifact{}
		for _, i := range o.In {
			a, err := store.Get(digests[i.Node])
			if err != nil {
				return p, nil, fmt.Errorf("%s: result of %s is not in the store %s; make it again with realnet reproduce study.json: %w", dir, i.Node, store.Dir(), err)
			}
			in[i.Port] = append(in[i.Port], a)
		}
		return p, in, nil
	}
	return p, nil, fmt.Errorf("%s: the run has no report", dir)
}
