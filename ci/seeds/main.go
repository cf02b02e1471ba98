// Command seeds writes docs/seeds.md: what the study demo finds in worlds with planted
// effects and in worlds without, seed by seed.
//
//	go run ./ci/seeds -n 30 -runs DIR -out docs/seeds.md
//
// It runs `realnet power` in folders of the one given by -runs, which resumes: worlds that
// have run there do not run again. A world takes as long as the demo, a small one seconds.
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

// null takes the effects out of a world.
const null = "synth.planted=0"

// small makes a world that takes seconds: fewer and smaller images, shorter trainings.
var small = []string{
	null, "synth.images={size: 32, pretrain: 96, train: 96, test: 30}", "stimuli.size=32",
	"pretrain.epochs=2", "train.epochs=3", "pca.components=8", "rsa.permutations=1",
}

func main() {
	log.SetFlags(0)
	n := flag.Int("n", 30, "seeds, from 1, with planted effects; 0: none, as of the others")
	nulls := flag.Int("null", 30, "seeds with nothing planted")
	smalls := flag.Int("small", 120, "seeds with nothing planted, of small worlds")
	study := flag.String("study", "demo", "study on synthetic data")
	runs := flag.String("runs", "", "folder of the campaigns, which resume there; a temporary one without")
	out := flag.String("out", "", "file to write; standard output without")
	flag.Parse()
	page, err := campaigns(*study, *runs, *n, *nulls, *smalls)
	if err != nil {
		log.Fatal(err)
	}
	page += fmt.Sprintf("\nMade by `go run ./ci/seeds -study %s -n %d -null %d -small %d -out docs/seeds.md`.\n", *study, *n, *nulls, *smalls)
	if *out == "" {
		fmt.Print(page)
		return
	}
	if err := os.WriteFile(*out, []byte(page), 0o644); err != nil {
		log.Fatal(err)
	}
}

// campaigns runs the worlds and says what they found.
func campaigns(study, runs string, n, nulls, smalls int) (string, error) {
	work, err := os.MkdirTemp("", "seeds")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(work)
	if runs == "" {
		runs = work
	}
	program := filepath.Join(work, "realnet")
	if text, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, text)
	}
	var b strings.Builder
	if n > 0 {
		planted, err := campaign(program, study, n, nil, filepath.Join(runs, "planted"))
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, intro, study, n)
		for _, part := range []struct{ truth, title string }{
			{"planted", "Planted, so it should be found"}, {"false", "False, so it should not be found"}, {"open", open},
		} {
			planted.table(&b, part.title, part.truth)
		}
	}
	for _, c := range []struct {
		title, folder string
		seeds         int
		settings      []string
	}{
		{"False, with nothing planted (`--set " + null + "`)", "null", nulls, []string{null}},
		{"False, with nothing planted, in small worlds", "small", smalls, small},
	} {
		if c.seeds == 0 {
			continue
		}
		w, err := campaign(program, study, c.seeds, c.settings, filepath.Join(runs, c.folder))
		if err != nil {
			return "", err
		}
		if c.folder == "small" {
			w.counts(&b, c.title)
			fmt.Fprintf(&b, "\nSettings: `%s`.\n", strings.Join(c.settings, "`, `"))
		} else {
			w.table(&b, c.title, "false")
		}
		fmt.Fprintf(&b, "\nAnything that is false was found in %d of %d of these reports. Each family of tests may err in 5 %% of them, and half of its errors are decreases.\n", w.anything(), c.seeds)
		if c.folder == "null" {
			w.table(&b, training, "open")
		}
	}
	return b.String(), nil
}

// worlds are the claims of the reports of a campaign, in their order.
type worlds struct {
	seeds   int
	effects []string
	claims  map[string]*claim
}

// campaign runs a study in so many worlds and reads what the reports claim.
func campaign(program, study string, seeds int, settings []string, folder string) (worlds, error) {
	arguments := []string{"power", study, "--seeds", strconv.Itoa(seeds), "--out", folder}
	for _, s := range settings {
		arguments = append(arguments, "--set", s)
	}
	cmd := exec.Command(program, arguments...)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return worlds{}, fmt.Errorf("realnet power: %w (the same command resumes)", err)
	}
	text, err := os.ReadFile(filepath.Join(folder, "worlds.csv"))
	if err != nil {
		return worlds{}, err
	}
	lines, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil {
		return worlds{}, err
	}
	return read(lines, seeds)
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

// read groups the lines by claim, in their order.
func read(lines [][]string, seeds int) (worlds, error) {
	w := worlds{seeds: seeds, claims: map[string]*claim{}}
	if len(lines) == 0 || !slices.Equal(lines[0], columns) {
		return w, fmt.Errorf("worlds.csv: columns %v, want %v", lines[0], columns)
	}
	for _, l := range lines[1:] {
		seed, err := strconv.Atoi(l[1])
		if err != nil {
			return w, err
		}
		if w.claims[l[2]] == nil {
			w.effects = append(w.effects, l[2])
			w.claims[l[2]] = &claim{text: l[3], truth: l[4], of: map[int]found{}}
		}
		w.claims[l[2]].of[seed] = found{l[5], l[6], l[7] == "true"}
	}
	return w, nil
}

// anything counts the worlds whose report claims any effect that is not there.
func (w worlds) anything() int {
	n := 0
	for seed := 1; seed <= w.seeds; seed++ {
		if slices.ContainsFunc(w.effects, func(e string) bool { return w.claims[e].truth == "false" && w.claims[e].of[seed].yes }) {
			n++
		}
	}
	return n
}

// times counts the worlds in which a claim is made.
func (w worlds) times(effect string) int {
	n := 0
	for seed := 1; seed <= w.seeds; seed++ {
		if w.claims[effect].of[seed].yes {
			n++
		}
	}
	return n
}

// table has each effect of that truth in each seed.
func (w worlds) table(b *strings.Builder, title, truth string) {
	if !slices.ContainsFunc(w.effects, func(e string) bool { return w.claims[e].truth == truth }) {
		return
	}
	fmt.Fprintf(b, "\n## %s\n\n| effect | found | in each seed |\n|---|---:|---|\n", title)
	for _, e := range w.effects {
		c := w.claims[e]
		if c.truth != truth {
			continue
		}
		var values []string
		for seed := 1; seed <= w.seeds; seed++ {
			f, ok := c.of[seed]
			text := "-" // no cluster at all
			if ok && strings.HasPrefix(e, "cluster/") {
				text = short(f.p, "%.3f")
			} else if ok {
				text = short(f.value, "%+.3f")
			}
			if f.yes {
				text += "*"
			}
			values = append(values, text)
		}
		fmt.Fprintf(b, "| %s | %d of %d | %s |\n", c.text, w.times(e), w.seeds, strings.Join(values, " "))
	}
}

// counts has how often each effect was found that is not there.
func (w worlds) counts(b *strings.Builder, title string) {
	fmt.Fprintf(b, "\n## %s\n\n| effect | found |\n|---|---:|\n", title)
	never := 0
	for _, e := range w.effects {
		if w.claims[e].truth != "false" {
			continue
		}
		if n := w.times(e); n > 0 {
			fmt.Fprintf(b, "| %s | %d of %d |\n", w.claims[e].text, n, w.seeds)
		} else {
			never++
		}
	}
	if never > 0 {
		fmt.Fprintf(b, "| each of %d others | 0 of %d |\n", never, w.seeds)
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

const training = "What training does, with nothing planted\n\nTraining towards noise changes a network too: it blurs what separates classes, so that attributes which classification\nignores have a larger share. These contrasts are about training, not about brains; the contrast of pairs is above."

const intro = `# The study %s with other seeds

The study with %d seeds, and with others for which nothing is planted in the brains. A seed makes
other images, other brains and other networks; with nothing planted, fMRI and EEG are noise and
every effect found is false. "Found" is an effect above 0 with a corrected p below 0.05 (marked *). Gains and
dimensions are shown by their value, clusters over time by the corrected p of the likeliest rise ("-" where there is none).
`
