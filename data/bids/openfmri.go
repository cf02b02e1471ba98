package bids

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

var openfmriRun = regexp.MustCompile(`^task(\d+)_run(\d+)$`)

// OpenfMRIRuns lists the runs of a folder in the layout that preceded BIDS, as PyMVPA
// distributes Haxby et al. 2001:
//
//	sub001/BOLD/task001_run001/bold_25mm.nii.gz
//	                           bold_events.tsv, bold_moest.txt
//	scan_key.txt               the repetition time
//
// image is the name of the file to take from each run. Order is by subject, task and
// run. It fails with ErrNotFound when there is no run or a run lacks the image.
func OpenfMRIRuns(root, image string) ([]Run, error) {
	subjects, err := folders(root, "sub")
	if err != nil {
		return nil, err
	}
	var runs []Run
	for _, subject := range subjects {
		bold := filepath.Join(root, "sub"+subject, "BOLD")
		entries, err := os.ReadDir(bold)
		if errors.Is(err, fs.ErrNotExist) {
			continue // phantoms and subjects without functional data
		} else if err != nil {
			return nil, fmt.Errorf("bids: %w", err)
		}
		for _, e := range entries { // sorted, and numbers have leading zeros
			m := openfmriRun.FindStringSubmatch(e.Name())
			if m == nil {
				continue
			}
			dir := filepath.Join(bold, e.Name())
			run := Run{
				Name: Name{Entities: []Entity{{"sub", subject}, {"task", m[1]}, {"run", m[2]}}, Suffix: "bold"},
				Bold: filepath.Join(dir, image), Events: existing(dir, "bold_events.tsv"), Motion: existing(dir, "bold_moest.txt"),
				dir: root, openfmri: true,
			}
			if _, err := os.Stat(run.Bold); err != nil {
				return nil, fmt.Errorf("bids: image of %s: %w: %w", e.Name(), ErrNotFound, err)
			}
			runs = append(runs, run)
		}
	}
	if len(runs) == 0 {
		return nil, fmt.Errorf("bids: %s: %w: no folder named like sub001/BOLD/task001_run001", root, ErrNotFound)
	}
	return runs, nil
}

func existing(dir, name string) string {
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}

// scanKey reads the repetition time of scan_key.txt, a line "TR 2.5".
func scanKey(root string) (*Sidecar, error) {
	path := filepath.Join(root, "scan_key.txt")
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("bids: %w", err)
	}
	for i, line := range strings.Split(string(raw), "\n") {
		cells := strings.Fields(line)
		if len(cells) != 2 || cells[0] != "TR" {
			continue
		}
		tr, err := strconv.ParseFloat(cells[1], 64)
		if err != nil || !(tr > 0 && tr < 1e6) {
			return nil, fmt.Errorf("bids: %s:%d: %w: TR is %q", path, i+1, ErrMetadata, cells[1])
		}
		return &Sidecar{RepetitionTime: tr, Files: []string{path}}, nil
	}
	return nil, fmt.Errorf("bids: %s: %w: no line \"TR seconds\"", path, ErrMetadata)
}
