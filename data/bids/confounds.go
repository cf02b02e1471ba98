package bids

import (
	"fmt"
	"math"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Confounds are nuisance time series of a run, one row per volume.
type Confounds struct {
	Names   []string
	Volumes int
	Data    []float64 // row-major, Volumes x len(Names)
}

// MotionColumns are the six rigid-body parameters as fMRIPrep names them.
func MotionColumns() []string {
	return []string{"trans_x", "trans_y", "trans_z", "rot_x", "rot_y", "rot_z"}
}

// confoundPresets are names for sets of columns of fMRIPrep; acompcorN (the first N
// components of aCompCor) and cosine (all discrete cosines) are of any number.
var confoundPresets = map[string][]string{
	"motion6":  MotionColumns(),
	"motion24": slices.Concat(MotionColumns(), withEnd("_derivative1"), withEnd("_power2"), withEnd("_derivative1_power2")),
	"wm":       {"white_matter"},
}

func withEnd(end string) []string {
	columns := MotionColumns()
	for i := range columns {
		columns[i] += end
	}
	return columns
}

// chooseConfounds chooses columns of a table by name, by pattern (path.Match) or by preset:
// motion6, motion24, wm, acompcorN, cosine. A name that stands for no column fails with
// ErrTable.
func chooseConfounds(table *Table, names []string) ([]string, error) {
	var chosen []string
	for _, name := range names {
		columns := confoundPresets[name]
		var of int
		switch n, _ := fmt.Sscanf(name, "acompcor%d", &of); {
		case columns != nil:
		case n == 1 && name == fmt.Sprintf("acompcor%d", of):
			for i := range min(max(of, 0), len(table.Columns)+1) {
				columns = append(columns, fmt.Sprintf("a_comp_cor_%02d", i))
			}
		default:
			pattern := name
			if name == "cosine" {
				pattern = "cosine*"
			}
			for _, c := range table.Columns {
				if ok, err := path.Match(pattern, c); err == nil && ok {
					columns = append(columns, c)
				}
			}
		}
		if len(columns) == 0 {
			return nil, fmt.Errorf("bids: %s:1: %w: no column %q, and no preset (motion6, motion24, wm, acompcorN, cosine) of that name; there are %s",
				table.path, ErrTable, name, strings.Join(table.Columns, ", "))
		}
		for _, c := range columns {
			if !slices.Contains(chosen, c) {
				chosen = append(chosen, c)
			}
		}
	}
	return chosen, nil
}

// ReadConfounds reads columns of a *_desc-confounds_timeseries.tsv, by name, by pattern
// or by preset: motion6, motion24 (with derivatives and squares), csf, wm, acompcorN and
// cosine. In the first row "n/a", which derivatives have, takes the value of the second,
// as in nilearn; elsewhere it fails with ErrTable: a regressor needs a value at every
// volume.
func ReadConfounds(path string, names ...string) (*Confounds, error) {
	table, err := ReadTable(path)
	if err != nil {
		return nil, err
	}
	columns, err := chooseConfounds(table, names)
	if err != nil {
		return nil, err
	}
	c := &Confounds{Names: columns, Volumes: len(table.Rows), Data: make([]float64, len(table.Rows)*len(columns))}
	for j, name := range columns {
		values, err := table.Float(name)
		if err != nil {
			return nil, err
		}
		if len(values) > 1 && math.IsNaN(values[0]) {
			values[0] = values[1]
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

// FramewiseDisplacement reads the column of that name, in mm; the first volume, which
// has none, moved by 0.
func FramewiseDisplacement(path string) ([]float64, error) {
	table, err := ReadTable(path)
	if err != nil {
		return nil, err
	}
	const column = "framewise_displacement"
	values, err := table.Float(column)
	if err != nil {
		return nil, err
	}
	for i, v := range values {
		if i == 0 && math.IsNaN(v) {
			values[0] = 0
		} else if math.IsNaN(v) {
			return nil, table.cellError(i, column, "only the first volume may be without a value")
		}
	}
	return values, nil
}

// ReadMotion reads a plain table of numbers separated by blanks, one line per volume and
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
