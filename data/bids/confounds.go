package bids

import (
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
)

// Confounds are nuisance time series of a run, one row a volume.
type Confounds struct {
	Names   []string
	Volumes int
	Data    []float64 // row-major, Volumes x len(Names)
}

// MotionColumns are the six rigid-body parameters as fMRIPrep names them.
func MotionColumns() []string {
	return []string{"trans_x", "trans_y", "trans_z", "rot_x", "rot_y", "rot_z"}
}

// ReadConfounds reads columns of a *_desc-confounds_timeseries.tsv. A column with
// "n/a" (as the first row of derivatives has) fails with ErrTable: a regressor needs a
// value at every volume.
func ReadConfounds(path string, columns ...string) (*Confounds, error) {
	table, err := ReadTable(path)
	if err != nil {
		return nil, err
	}
	c := &Confounds{Names: columns, Volumes: len(table.Rows), Data: make([]float64, len(table.Rows)*len(columns))}
	for j, name := range columns {
		values, err := table.Float(name)
		if err != nil {
			return nil, err
		}
		for i, v := range values {
			if math.IsNaN(v) {
				return nil, table.cellError(i, name, "a regressor must have a value at every volume; leave this column out")
			}
			c.Data[i*len(columns)+j] = v
		}
	}
	return c, nil
}

// ReadMotion reads a plain table of numbers separated by blanks, one line a volume and
// no header, as FSL (.par), SPM (rp_*.txt) and AFNI write motion estimates. Lines that
// begin with # are comments.
func ReadMotion(path string) (*Confounds, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("bids: %w", err)
	}
	return parseMotion(path, raw)
}

func parseMotion(path string, raw []byte) (*Confounds, error) {
	c := &Confounds{}
	number := 0
	for line := range strings.Lines(string(raw)) {
		number++
		cells := strings.Fields(line)
		if len(cells) == 0 || strings.HasPrefix(cells[0], "#") {
			continue
		}
		if c.Volumes > 0 && len(cells) != len(c.Names) {
			return nil, fmt.Errorf("bids: %s:%d: %w: %d numbers, the lines before have %d", path, number, ErrTable, len(cells), len(c.Names))
		}
		for j, cell := range cells {
			v, err := strconv.ParseFloat(cell, 64)
			if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("bids: %s:%d: %w: column %d: %q is not a finite number", path, number, ErrTable, j+1, cell)
			}
			c.Data = append(c.Data, v)
			if c.Volumes == 0 {
				c.Names = append(c.Names, fmt.Sprintf("motion%d", j+1))
			}
		}
		c.Volumes++
	}
	if c.Volumes == 0 {
		return nil, fmt.Errorf("bids: %s: %w: no numbers", path, ErrTable)
	}
	return c, nil
}
