// Command validity measures how often the tests of stages/analysis/inference find
// an effect that is not there, and how often one that is, and writes the tables of
// docs/validity.md:
//
//	go run ./ci/validity -out docs/validity.md
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"math"
	"os"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

func main() {
	log.SetFlags(0)
	sets := flag.Int("sets", 5000, "null data sets a test")
	powerSets := flag.Int("power", 1000, "data sets a point of the power curves")
	only := flag.String("only", "", "only tests whose name or data match this regular expression, to standard output")
	out := flag.String("out", "", "file to write; standard output without")
	flag.Parse()

	var b strings.Builder
	start := time.Now()
	if *only != "" {
		match, err := regexp.Compile(*only)
		if err == nil {
			err = falsePositives(os.Stdout, *sets, match)
		}
		if err != nil {
			log.Fatal(err)
		}
		return
	}
	if err := report(&b, *sets, *powerSets); err != nil {
		log.Fatal(err)
	}
	fmt.Fprintf(&b, "\nMade by `go run ./ci/validity -sets %d -power %d -out docs/validity.md`.\n", *sets, *powerSets)
	log.Printf("%.0f s", time.Since(start).Seconds())
	if *out == "" {
		fmt.Print(b.String())
		return
	}
	if err := os.WriteFile(*out, []byte(b.String()), 0o644); err != nil {
		log.Fatal(err)
	}
}

func report(w io.Writer, sets, powerSets int) error {
	fmt.Fprint(w, intro)
	fmt.Fprintf(w, "%d null data sets each; 95 %% of the estimates of a true 5 %% lie within ±%.1f %%.\n\n", sets, 196*math.Sqrt(0.05*0.95/float64(sets)))
	fmt.Fprint(w, "| test | null data | rejected at 5 % | |\n|---|---|---:|---|\n")
	if err := falsePositives(w, sets, regexp.MustCompile("")); err != nil {
		return err
	}
	fmt.Fprint(w, smallSamples)
	return power(w, powerSets)
}

// falsePositives writes a row for every test that matches.
func falsePositives(w io.Writer, sets int, match *regexp.Regexp) error {
	for _, c := range calibrations() {
		if !match.MatchString(c.test + ", " + c.data) {
			continue
		}
		rate, err := share(sets, c.reject)
		if err != nil {
			return fmt.Errorf("%s on %s: %w", c.test, c.data, err)
		}
		verdict := c.expect
		if verdict == "" && (rate < 0.04 || rate > 0.06) {
			verdict = "**outside 4-6 %**"
		}
		fmt.Fprintf(w, "| %s | %s | %.1f %% | %s |\n", c.test, c.data, 100*rate, verdict)
		log.Printf("%-40s %-45s %.1f %%", c.test, c.data, 100*rate)
	}
	return nil
}

// power writes the power curves.
func power(w io.Writer, powerSets int) error {
	for _, p := range powerCurves() {
		fmt.Fprintf(w, "\n%s (%d data sets a point):\n\n| effect d |", p.title, powerSets)
		for _, d := range p.effects {
			fmt.Fprintf(w, " %.1f |", d)
		}
		fmt.Fprintf(w, "\n|---|%s\n", strings.Repeat("---:|", len(p.effects)))
		for _, t := range p.tests {
			fmt.Fprintf(w, "| %s |", t.name)
			for _, d := range p.effects {
				rate, err := share(powerSets, func(k uint64) (bool, error) { return t.reject(k, d) })
				if err != nil {
					return fmt.Errorf("power of %s: %w", t.name, err)
				}
				fmt.Fprintf(w, " %.0f %% |", 100*rate)
			}
			fmt.Fprintln(w)
			log.Printf("power of %s", t.name)
		}
	}
	return nil
}

// share runs reject on data sets 0 .. n-1 and returns the share of true.
func share(n int, reject func(seed uint64) (bool, error)) (float64, error) {
	var next, hits atomic.Int64
	var wait sync.WaitGroup
	var once sync.Once
	var failed error
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for {
				k := next.Add(1) - 1
				if k >= int64(n) {
					return
				}
				hit, err := reject(uint64(k))
				if err != nil {
					once.Do(func() { failed = err })
					return
				}
				if hit {
					hits.Add(1)
				}
			}
		})
	}
	wait.Wait()
	return float64(hits.Load()) / float64(n), failed
}

const intro = `# Do the tests hold?

Every test of ` + "`stages/analysis/inference`" + ` is run on data without an effect; one at 5 % should then
find something in 5 % of the data sets. "Autocorrelated" is AR(1) noise with a correlation of 0.9
from one time point to the next, independent between subjects, like smoothed EEG results. A
test of many points rejects if anything is significant anywhere. Sizes are subjects x points. The
` + "`neurora`" + ` rows are the cluster test of the released toolbox, for comparison: on autocorrelated data
it finds an effect in more than 40 % of data sets that have none. "Images left out" is how
the stage ` + "`stats`" + ` judges gains: the RDMs are distances of random points, and the networks and
the brain share an axis (equally like) or do not (unlike). "Training subjects as units": each
subject has a brain and two networks, trained from a common one; the gain is that of one over the other. "EEG clusters": differences of trainings x 10 EEG subjects x 50 times, with
deviations by training, by subject and by pair.

## False positives

`

const smallSamples = `
In 120 small worlds without an effect, from images to the report, 5 reports (4 %) claimed anything, and no claim came more than three times; of 30 worlds of the demo's size, 2 did, and no claim came more than once ([other seeds](seeds.md#false-with-nothing-planted-in-small-worlds)).

### What few subjects allow

A sign-flip test of n subjects has 2^n outcomes, and in a two-sided test each has a mirror image: no p is
below 2/2^n, however large the effect.

| subjects | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 10 |
|---|---:|---:|---:|---:|---:|---:|---:|---:|
| smallest p, two-sided | 0.5 | 0.25 | 0.125 | 0.0625 | 0.031 | 0.016 | 0.0078 | 0.0020 |
| smallest p, one-sided | 0.25 | 0.125 | 0.0625 | 0.031 | 0.016 | 0.0078 | 0.0039 | 0.0010 |

With three subjects a permutation test over subjects can never reach 5 %: it never rejects and has no power.
Report the effect of each subject, each with an interval over images. Every result states its
` + "`smallest_p`" + `. Tests with few possible p are conservative: their rate is the largest possible p that
does not exceed 5 %.

## Power
`
