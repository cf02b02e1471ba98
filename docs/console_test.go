package docs_test

import (
	"os"
	"slices"
	"testing"
)

// notRun are the commands of blocks ```console that the test leaves out, and why.
// A command that is neither here nor in instead runs as it stands.
var notRun = map[string]string{
	"realnet studies new --from mydata --out own.yaml":                 "a folder of the reader's own; run by TestStudiesNew",
	"realnet reproduce own.yaml":                                       "a folder of the reader's own; run by TestStudiesNew",
	"dagger functions":                                                 needsEngine,
	"dagger call reproduce --help":                                     needsEngine,
	"dagger call reproduce --study haxby --data DIR export --path out": needsEngine,
	"dagger call reproduce --study haxby --data DIR --swap report=docs/examples/origin_report.py export --path out": needsEngine,
	"dagger call debug --study haxby --data DIR --node stats terminal":                                              needsEngine,
	"dagger -m REPOSITORY@REF call reproduce --study demo export --path out":                                        needsEngine,
	"dagger call with-files --folder datasets --study haxby reproduce --study haxby export --path out":              needsEngine,
	"dagger call reproduce --study haxby --data DIR --lenient export --path out":                                    needsEngine,
	"dagger call reproduce --study haxby --data DIR --reuse out export --path out":                                  needsEngine,
	"go build -o realnet .":       "the test has built it",
	"go test ./...":               "these are the tests",
	"realnet bench":               "takes minutes and 3 GB; the next command stands for it",
	"realnet data fetch shen2019": "downloads 2 GB",
	"realnet power demo --vary subjects=3,5,10 --vary synth.images.test=50,100,200 --vary synth.fmri.noise=1,3,8 --seeds 20 --out power": "takes days; the tests of pipeline/command run worlds that take seconds",
	"realnet reproduce paper --data DIR": "needs data that have to be asked for",
	"realnet data fetch cornet-s":        "downloads 427 MB",
	"realnet activations --weights ~/.local/share/realnet/cornet-s/cornet_s-1d3f7974.pth --images ./images --layers V1,V2,V4,IT,avgpool --format npy --out ./activations": "needs that checkpoint; the page's next block runs the same on a small network",
	"realnet rdm --in ./activations/IT.npy --names ./activations/names.txt --format npy --out IT.npy":                                                                     "needs those activations; the page's next block runs it on its own",
}

const needsEngine = "needs an engine of Dagger; ci/dagger-check.sh runs the module where one answers"

// instead are what runs for commands of blocks ```console that have a placeholder,
// run until they are interrupted, must fail, or take minutes as they stand. $SOURCE
// is the source tree, $OUTPUT what the page shows below the command.
var instead = map[string]string{
	"realnet reproduce haxby --data DIR --swap report=docs/examples/origin_report.py": `
		run=$PWD/runs/swapped
		(cd "$SOURCE" && realnet reproduce haxby --data "$DATA" --swap report=docs/examples/origin_report.py --out "$run")`,
	"realnet reproduce algonauts92-align --data DIR": `
		realnet plan algonauts92-align --data "$DATA" > plan.txt; grep -q 'train/aligned/without-5/fold-3' plan.txt`,
	"realnet bench step --json": `
		realnet bench step-narrow --runs 1 --json > step.json
		for field in median_s min_s flops bytes threads kernel; do grep -q "\"$field\":" step.json; done`,
	"realnet report runs/haxby --serve": `
		realnet report runs/haxby --serve > serve.txt 2>&1 &
		for i in $(seq 600); do grep -q 'until interrupted' serve.txt && break; sleep 0.1; done
		kill $!; wait $! || true
		cat serve.txt; grep -q '^http://127\.0\.0\.1:[0-9]*/ (until interrupted)$' serve.txt`,
	"realnet reproduce my-study.yaml": `
		mkdir misspelt; sed 's/average:/averge:/' my-study.yaml > misspelt/my-study.yaml; cd misspelt
		if realnet reproduce my-study.yaml 2> error; then exit 1; fi
		cat error; grep -qFx -e "$OUTPUT" error; cd ..`,
	`realnet rdm --in S1.h5 --select "ROI_V1 + ROI_V2" --label stimulus_name --out ./rdm`: `
		realnet rdm --in "$SOURCE/stages/fmri/testdata/training.h5" --select "ROI_V1 + ROI_hV4" --label stimulus_name --out ./rdm`,
	"realnet pca --in S1.h5 --select ROI_VC --components 1024 --out ./targets": `
		realnet pca --in "$SOURCE/stages/fmri/testdata/training.h5" --select VoxelData --components 1 --out ./bdata-targets`,
}

// What is left out or replaced stands on a page: no table outlives its command.
func TestTablesAreOfThePages(t *testing.T) {
	var all []string
	for _, page := range pages(t) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range blocks(string(text)) {
			if b.console && page != readme {
				all = append(all, b.text)
			}
		}
	}
	for _, table := range []map[string]string{notRun, instead} {
		for command := range table {
			if !slices.Contains(all, command) {
				t.Errorf("no page has the command %q any more", command)
			}
		}
	}
	for command := range instead {
		if _, both := notRun[command]; both {
			t.Errorf("%q is both left out and replaced", command)
		}
	}
}
