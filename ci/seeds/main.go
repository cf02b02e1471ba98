// Command seeds writes docs/seeds.md: what the study demo finds in worlds with planted
// effects and in worlds without, seed by seed.
//
//	go run ./ci/seeds -n 30 -runs DIR -out docs/seeds.md
//
// It runs `realnet power demo --null` in the folder given by -runs, which resumes: worlds
// that have run there do not run again. A world takes as long as the demo.
package main

import (
	"encoding/csv"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

func main() {
	log.SetFlags(0)
	n := flag.Int("n", 30, "seeds, from 1")
	study := flag.String("study", "demo", "study on synthetic data")
	runs := flag.String("runs", "", "folder of the campaign, which resumes there; a temporary one without")
	out := flag.String("out", "", "file to write; standard output without")
	flag.Parse()
	page, err := campaign(*study, *n, *runs)
	if err != nil {
		log.Fatal(err)
	}
	page += fmt.Sprintf("\nMade by `go run ./ci/seeds -study %s -n %d -out docs/seeds.md`.\n", *study, *n)
	if *out == "" {
		fmt.Print(page)
		return
	}
	if err := os.WriteFile(*out, []byte(page), 0o644); err != nil {
		log.Fatal(err)
	}
}

// campaign runs the worlds and reads what they found.
func campaign(study string, n int, runs string) (string, error) {
	work, err := os.MkdirTemp("", "seeds")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(work)
	if runs == "" {
		runs = filepath.Join(work, "runs")
	}
	program := filepath.Join(work, "realnet")
	if text, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, text)
	}
	cmd := exec.Command(program, "power", study, "--seeds", strconv.Itoa(n), "--null", "--out", runs)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("realnet power: %w (the same command resumes)", err)
	}
	text, err := os.ReadFile(filepath.Join(runs, "worlds.csv"))
	if err != nil {
		return "", err
	}
	lines, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil {
		return "", err
	}
	return report(study, n, lines)
}

// claim is a claim of the reports, with what each world's report says of it.
type claim struct {
	text, truth string
	of          map[int]found // by seed
}

type found struct {
	value, p string
	yes      bool
}

// columns of worlds.csv.
var columns = []string{"world", "seed", "effect", "text", "truth", "value", "p_corrected", "found"}

// read groups the lines of a kind of world by claim, in their order.
func read(lines [][]string, world string) (effects []string, claims map[string]*claim, err error) {
	if len(lines) == 0 || !slices.Equal(lines[0], columns) {
		return nil, nil, fmt.Errorf("worlds.csv: columns %v, want %v", lines[0], columns)
	}
	claims = map[string]*claim{}
	for _, l := range lines[1:] {
		if l[0] != world {
			continue
		}
		seed, err := strconv.Atoi(l[1])
		if err != nil {
			return nil, nil, err
		}
		if claims[l[2]] == nil {
			effects = append(effects, l[2])
			claims[l[2]] = &claim{text: l[3], truth: l[4], of: map[int]found{}}
		}
		claims[l[2]].of[seed] = found{l[5], l[6], l[7] == "true"}
	}
	return effects, claims, nil
}

func report(study string, n int, lines [][]string) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, intro, study, n)
	effects, claims, err := read(lines, "planted")
	if err != nil {
		return "", err
	}
	for _, part := range []struct{ truth, title string }{
		{"planted", "Planted, so it should be found"}, {"false", "False, so it should not be found"}, {"open", open},
	} {
		table(&b, n, part.title, part.truth, effects, claims)
	}
	if effects, claims, err = read(lines, "null"); err != nil {
		return "", err
	}
	table(&b, n, "False, with nothing planted (`--set synth.planted=0`)", "false", effects, claims)
	any := 0
	for seed := 1; seed <= n; seed++ {
		if slices.ContainsFunc(effects, func(e string) bool { return claims[e].of[seed].yes }) {
			any++
		}
	}
	fmt.Fprintf(&b, "\nSomething was found in %d of %d of these reports. Each family of tests may err in 5 %% of them, and half of its errors are decreases.\n", any, n)
	return b.String(), nil
}

func table(b *strings.Builder, n int, title, truth string, effects []string, claims map[string]*claim) {
	if !slices.ContainsFunc(effects, func(e string) bool { return claims[e].truth == truth }) {
		return
	}
	fmt.Fprintf(b, "\n## %s\n\n| effect | found | in each seed |\n|---|---:|---|\n", title)
	for _, e := range effects {
		c := claims[e]
		if c.truth != truth {
			continue
		}
		times := 0
		var values []string
		for seed := 1; seed <= n; seed++ {
			f, ok := c.of[seed]
			text := "-" // no cluster at all
			if ok && strings.HasPrefix(e, "cluster/") {
				text = short(f.p, "%.3f")
			} else if ok {
				text = short(f.value, "%+.3f")
			}
			if f.yes {
				times++
				text += "*"
			}
			values = append(values, text)
		}
		fmt.Fprintf(b, "| %s | %d of %d | %s |\n", c.text, times, n, strings.Join(values, " "))
	}
}

func short(number, format string) string {
	v, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return number
	}
	return fmt.Sprintf(format, v)
}

const open = "Neither\n\nTraining within shuffled pairs of one class keeps what brains encode of the class, so these networks may gain or not.\nCompare the aligned network with them: that contrast is above."

const intro = `# The study %s with other seeds

The study with %d seeds, each with planted effects and with nothing planted in the brains. A seed makes
other images, other brains and other networks; with nothing planted, fMRI and EEG are noise and
every effect found is false. "Found" is an effect above 0 with a corrected p below 0.05 (marked *). Gains and
dimensions are shown by their value, clusters over time by the corrected p of the likeliest rise ("-" where there is none).
`
