// Command power computes what a study of network alignment needs before anyone is
// scanned: people, images and repetitions for a gain of a given size at a given noise
// ceiling. It simulates RDMs, not networks: the full worlds of `realnet power` take
// minutes each. It writes docs/power.md:
//
//	go run ./ci/power -out docs/power.md
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"strings"
	"time"
)

func main() {
	log.SetFlags(0)
	sets := flag.Int("sets", 60, "simulated studies a cell of 50 images; fewer for more images")
	out := flag.String("out", "", "file to write; standard output without")
	flag.Parse()
	start := time.Now()
	page, err := page(*sets)
	if err != nil {
		log.Fatal(err)
	}
	page += fmt.Sprintf("\nMade by `go run ./ci/power -sets %d -out docs/power.md`.\n", *sets)
	log.Printf("%.0f s", time.Since(start).Seconds())
	if *out == "" {
		fmt.Print(page)
		return
	}
	if err := os.WriteFile(*out, []byte(page), 0o644); err != nil {
		log.Fatal(err)
	}
}

// What the tables vary.
var (
	gains    = []float64{0.02, 0.05, 0.1}
	ceilings = []float64{0.2, 0.4, 0.7}
	people   = []int{3, 5, 10}
	images   = []int{50, 100, 200}
)

func page(sets int) (string, error) {
	var b strings.Builder
	b.WriteString(intro)
	for _, ceiling := range ceilings {
		s, err := noiseFor(ceiling, 1)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "\n### Noise ceiling %.1f\n\nSimilarities and gains are %.2f of those without noise.\n\n| people | images |", ceiling, attenuation(s))
		for _, g := range gains {
			fmt.Fprintf(&b, " gain %g |", g)
		}
		b.WriteString(" gain found in 80 % |\n|---:|---:|" + strings.Repeat("---:|", len(gains)+1) + "\n")
		for _, k := range people {
			for _, n := range images {
				c := cell{people: k, images: n, ceiling: ceiling}
				e, err := c.error(max(6, sets*50*50/(n*n)*3/k))
				if err != nil {
					return "", fmt.Errorf("%+v: %w", c, err)
				}
				fmt.Fprintf(&b, "| %d | %d |", k, n)
				for _, g := range gains {
					fmt.Fprintf(&b, " %.0f %% |", 100*e.power(g))
				}
				fmt.Fprintf(&b, " %.3f |\n", e.smallest(0.8))
				log.Printf("%+v: standard error %.4f with %.0f degrees of freedom", c, e.se, e.df)
			}
		}
	}
	b.WriteString(repetitionsIntro)
	for _, first := range []float64{0.1, 0.2, 0.3, 0.5} {
		fmt.Fprintf(&b, "| %.1f |", first)
		s, err := noiseFor(first, 1)
		if err != nil {
			return "", err
		}
		for _, r := range repetitions {
			fmt.Fprintf(&b, " %.2f |", ceilingOf(s, r))
		}
		b.WriteString("\n")
	}
	b.WriteString(worlds)
	return b.String(), nil
}

const intro = `# How many people, images and repetitions?

Before a recording: the share of studies that would find a gain of a given size. A gain is the similarity
(Spearman) of an aligned network's RDM with the brain that it was trained on, minus that of its control, on [held-out images](statistics.md#how-gains-are-tested), as it
would be without noise in the brain; measured, it is smaller by the factor that each table names. The noise ceiling is its lower bound, averaged over regions: a study's report has it for data that exist;
for fMRI of 15 people and 92 images it was 0.46 in inferior temporal cortex and 0.25 in early visual cortex, where each person was seen by many others
([the study ` + "`algonauts92`" + `](reproducing.md)).

The tables are simulated from RDMs, not from trained networks: brains share a geometry of 8 dimensions, each person adds patterns of
noise that give the ceiling; the control follows the geometry a little, and each training moves each network by chance: gains of one
person's network deviate by 0.005 from the others'. Each simulated study is tested as the stage ` + "`stats`" + ` tests it, over images and over people with
their trainings, and must pass at 0.05, as one of the fixed sequence of gains over base, control and shuffled pairs. The power is that of the t test with
the standard error and degrees of freedom that the simulated studies have on average.

To find out for networks, brains and noise of your own, run the study itself in simulated worlds ([below](#with-networks-realnet-power)).
`

const repetitionsIntro = `
## How repetitions raise the ceiling

The columns are repetitions of each test image, the first the ceiling with as many as there are now:

| ceiling now | 2 times as many | 4 times | 8 times | 16 times |
|---:|---:|---:|---:|---:|
`

const worlds = `
Training images count too, and no table of RDMs shows how: with noisier targets a network learns less from each, so that the gain itself is smaller.

## With networks: ` + "`realnet power`" + `

` + "```console" + `
$ realnet power demo --vary subjects=3,5,10 --vary synth.images.test=50,100,200 --vary synth.fmri.noise=1,3,8 --seeds 20 --out power
` + "```" + `

runs the study in 20 worlds of each combination, every step of it, trainings included, and says in how many it found each planted effect
and each effect that is not there, with Wilson's 95 % intervals: ` + "`report.html`, `power.csv` and `power.parquet`" + `, every claim of every world in ` + "`worlds.csv`" + `, and every report in ` + "`runs`" + `.
` + "`--null`" + ` adds worlds in which nothing is planted. Any setting of the study can be varied; a number of ` + "`subjects` or `eeg_subjects`" + ` makes as many people.
` + "`synth.fmri.noise`" + ` is the noise of one presentation, so that ` + "`synth.fmri.test_repetitions`" + ` has its effect. A world of the demo takes two to five minutes on two cores. The same command resumes: worlds with results of the same study and code do not run again, so ` + "`--seeds`" + ` can be raised later.
` + "`--executor slurm`" + ` runs the steps as jobs of a cluster. Artifacts are removed after each seed, unless ` + "`--keep`" + ` is given.
`
