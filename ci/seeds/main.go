// Command seeds repeats the study demo with other seeds, once as it is and once
// with nothing planted in the brains, counts how often its claims are found, and
// writes docs/seeds.md:
//
//	go run ./ci/seeds -n 10 -out docs/seeds.md
//
// A run takes as long as the demo. What the folder given by
// -runs holds already is not computed again (it grows to about 0.8 GB a seed).
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func main() {
	log.SetFlags(0)
	n := flag.Int("n", 10, "seeds, from 1")
	nothing := flag.Int("nothing", 10, "seeds, from 1, that are repeated with nothing planted")
	runs := flag.String("runs", "", "folder that keeps the runs and their store; a temporary one without")
	out := flag.String("out", "", "file to write; standard output without")
	flag.Parse()
	if err := campaign(*n, *nothing, *runs, *out); err != nil {
		log.Fatal(err)
	}
}

func campaign(n, nothing int, runs, out string) error {
	work, err := os.MkdirTemp("", "seeds")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	if runs == "" {
		runs = work
	}
	program := filepath.Join(work, "realnet")
	if text, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, text)
	}
	world := func(planted string, n int) ([]results, error) {
		var list []results
		for seed := 1; seed <= n; seed++ {
			start := time.Now()
			r, err := run(program, filepath.Join(runs, fmt.Sprintf("seed-%d-planted-%s", seed, planted)), filepath.Join(runs, "store"),
				"--set", fmt.Sprint("seed=", seed), "--set", "synth.planted="+planted)
			if err != nil {
				return nil, fmt.Errorf("seed %d, planted %s: %w", seed, planted, err)
			}
			log.Printf("seed %d, planted %s: %.0f s", seed, planted, time.Since(start).Seconds())
			list = append(list, r)
		}
		return list, nil
	}
	with, err := world("1", n)
	if err != nil {
		return err
	}
	without, err := world("0", nothing)
	if err != nil {
		return err
	}
	page := report(with, without) + fmt.Sprintf("\nMade by `go run ./ci/seeds -n %d -nothing %d -out docs/seeds.md`.\n", n, nothing)
	if out == "" {
		fmt.Print(page)
		return nil
	}
	return os.WriteFile(out, []byte(page), 0o644)
}

// run reproduces the demo into dir.
func run(program, dir, store string, set ...string) (results, error) {
	file := filepath.Join(dir, "results.json")
	if err := os.RemoveAll(file); err != nil {
		return nil, err
	}
	cmd := exec.Command(program, append([]string{"reproduce", "demo", "--out", dir}, set...)...)
	cmd.Env = append(os.Environ(), "REALNET_STORE="+store)
	said, failed := cmd.CombinedOutput()
	// A failed check of the study ends with an exit code too, but has results.
	if _, err := os.Stat(file); err != nil {
		return nil, fmt.Errorf("%w: %s", errors.Join(failed, err), said)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var page struct {
		Partial bool `json:"partial"`
		Results []struct {
			Name, Kind, Model string
			Value             float64
			P                 *float64 `json:"p_corrected"`
		}
	}
	if err := json.Unmarshal(text, &page); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if page.Partial {
		return nil, fmt.Errorf("%s is of a run that did not finish", file)
	}
	r := results{}
	for _, x := range page.Results {
		if x.P != nil {
			name := x.Name
			if x.Kind == "cluster" {
				name = clusters + x.Model
			}
			r.add(name, result{x.Value, *x.P})
		}
	}
	return r, nil
}

// result is an effect and its corrected p.
type result struct{ value, p float64 }

// rises says whether an effect above zero was found at 5 %.
func (r result) rises() bool { return r.value > 0 && r.p < 0.05 }

type results map[string]result

// add keeps a result; of the clusters over time of a variant the likeliest rise.
func (r results) add(name string, x result) {
	if strings.HasPrefix(name, clusters) {
		if best, there := r[name]; x.value <= 0 || there && best.p <= x.p {
			return
		}
	}
	r[name] = x
}

// clusters begins the names of what is kept of clusters over time; their values are masses.
const clusters = "clusters of "

// claim is an effect that the demo's report tests, true or false by construction.
type claim struct{ name, text string }

var (
	planted = []claim{
		{"gain/aligned/within/over-base", "aligned above base, within subject"},
		{"gain/aligned/within/over-control", "aligned above control, within subject"},
		{"gain/aligned/across/over-base", "aligned above base, across subjects"},
		{"gain/aligned/across/over-control", "aligned above control, across subjects"},
		{"gain/aligned/eeg/over-base", "aligned above base, EEG"},
		{"gain/aligned/eeg/over-control", "aligned above control, EEG"},
		{clusters + "aligned", "aligned above control, EEG, a cluster at any time and layer (its p)"},
		{"dimensions/aligned/planted", "the planted dimensions rise, their mean"},
		{"objectives/beta:50-0/planted/partial", "the same by beta, the other dimensions removed"},
	}
	never = []claim{
		{"gain/control/within/over-base", "control above base, within subject"},
		{"gain/control/across/over-base", "control above base, across subjects"},
		{"gain/control/eeg/over-base", "control above base, EEG"},
		{"gain/shuffled/within/over-base", "shuffled pairs above base, within subject"},
		{"gain/shuffled/across/over-base", "shuffled pairs above base, across subjects"},
		{"gain/shuffled/eeg/over-base", "shuffled pairs above base, EEG"},
	}
	shuffledClusters = claim{clusters + "shuffled", "shuffled pairs above control, EEG, a cluster at any time and layer (its p)"}

	others = []claim{
		{"dimensions/aligned/others", "the dimensions that are not planted rise, their mean"},
		{"objectives/beta:50-0/others/partial", "the same by beta, the other dimensions removed"},
	}
)

func report(with, without []results) string {
	var b strings.Builder
	fmt.Fprintf(&b, intro, len(with), len(without))
	fmt.Fprintf(&b, "\n## Planted, so it should be found\n\n| effect | found | effect in each seed |\n|---|---:|---|\n")
	table(&b, with, planted)
	fmt.Fprintf(&b, "\n## False, so it should not be found\n\n| effect | found | effect in each seed |\n|---|---:|---|\n")
	table(&b, with, append(append([]claim{}, never...), others...))
	b.WriteString(either)
	table(&b, with, []claim{shuffledClusters})
	fmt.Fprintf(&b, "\n## False, with nothing planted (`--set synth.planted=0`)\n\n"+drift+"\n| effect | found | effect in each seed |\n|---|---:|---|\n")
	claims := append(append(append([]claim{}, planted...), never...), shuffledClusters)
	table(&b, without, claims)
	any := 0
	for _, r := range without {
		if slices.ContainsFunc(claims, func(c claim) bool { return r[c.name].rises() }) {
			any++
		}
	}
	fmt.Fprintf(&b, "\nSomething was found in %d of %d of these reports. Each family of tests may err in 5 %% of them, and half of its errors are falls.\n", any, len(without))
	return b.String()
}

func table(b *strings.Builder, runs []results, claims []claim) {
	if len(runs) == 0 {
		return
	}
	for _, c := range claims {
		found := 0
		var values []string
		for _, r := range runs {
			x, ok := r[c.name]
			if !ok { // no cluster at all
				values = append(values, "-")
				continue
			}
			mark := ""
			if x.rises() {
				found++
				mark = "*"
			}
			if strings.HasPrefix(c.name, clusters) {
				values = append(values, fmt.Sprintf("%.3f%s", x.p, mark))
			} else {
				values = append(values, fmt.Sprintf("%+.3f%s", x.value, mark))
			}
		}
		fmt.Fprintf(b, "| %s | %d of %d | %s |\n", c.text, found, len(runs), strings.Join(values, " "))
	}
}

const either = `
## Neither

Training towards any target changes a network, and a cluster over time is tested over EEG subjects for the given
networks and images. A cluster for shuffled pairs is therefore not an error of the test; it shows what a cluster alone
does not prove. Compare the aligned network's clusters with those of the shuffled pairs.

| effect | found | effect in each seed |
|---|---:|---|
`

const drift = `Training towards noise also moves a network, away from what separates classes and towards other attributes: the mean
of the planted dimensions rises slightly in most seeds, which intervals over images and subjects do not cover.
`

const intro = `# The demo with other seeds

The study ` + "`demo`" + ` with %d seeds, and with nothing planted in the brains with %d. A seed makes
other images, other brains and other networks; with nothing planted fMRI and EEG are noise, and
every effect that is found is false. "Found" is an effect above 0 with a corrected p below 0.05 (marked *).
`
