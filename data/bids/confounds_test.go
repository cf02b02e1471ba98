package bids

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Presets are those of nilearn.interfaces.fmriprep.load_confounds, by the column names
// of fMRIPrep.
func TestConfoundPresets(t *testing.T) {
	columns := []string{"csf", "white_matter", "global_signal", "framewise_displacement", "a_comp_cor_00", "a_comp_cor_01", "a_comp_cor_02", "cosine00", "cosine01"}
	for _, m := range MotionColumns() {
		columns = append(columns, m, m+"_derivative1", m+"_power2", m+"_derivative1_power2")
	}
	row := strings.Repeat("\t1.5", len(columns))[1:]
	path := filepath.Join(t.TempDir(), "c.tsv")
	if err := os.WriteFile(path, []byte(strings.Join(columns, "\t")+"\n"+row+"\n"+row+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		names []string
		want  int
		some  []string
	}{
		{[]string{"motion6"}, 6, []string{"trans_x", "rot_z"}},
		{[]string{"motion24"}, 24, []string{"trans_y_derivative1_power2"}},
		{[]string{"motion24", "motion6", "csf", "wm"}, 26, []string{"csf", "white_matter"}},
		{[]string{"acompcor2", "cosine"}, 4, []string{"a_comp_cor_01", "cosine01"}},
		{[]string{"global_signal", "cosine0?"}, 3, nil},
	} {
		got, err := ReadConfounds(path, c.names...)
		if err != nil || len(got.Names) != c.want || len(got.Data) != 2*c.want {
			t.Errorf("%v: %+v, %v, want %d columns", c.names, got, err, c.want)
			continue
		}
		for _, name := range c.some {
			if !slices.Contains(got.Names, name) {
				t.Errorf("%v: no %s in %v", c.names, name, got.Names)
			}
		}
	}
	for _, name := range []string{"acompcor5", "acompcor0", "acompcor-1", "motion", "acompcor999999999"} {
		if _, err := ReadConfounds(path, name); !errors.Is(err, ErrTable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
