package fmri

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"realnet/data/bids"
	"realnet/data/csvtable"
	"realnet/data/glm"
	"realnet/data/nifti"
)

// named finds the conditions of images, and leaves those out that the study does not
// keep.
func (b Betas) named(root string, files []string) ([]beta, error) {
	if len(files) == 0 {
		return nil, nil
	}
	var list []beta
	var err error
	switch b.Names {
	case NamesSPM:
		list, err = spmBetas(files)
	case NamesFSL:
		list, err = fslCopes(files)
	case NamesBIDS:
		list, err = bidsMaps(files)
	default:
		list, err = tableBetas(root, b.Names, files)
	}
	if err != nil {
		return nil, err
	}
	var kept []beta
	var names []string
	for _, one := range list {
		if !slices.Contains(names, one.condition) {
			names = append(names, one.condition)
		}
		if len(b.Conditions) == 0 || slices.ContainsFunc(b.Conditions, func(pattern string) bool { ok, _ := path.Match(pattern, one.condition); return ok }) {
			kept = append(kept, one)
		}
	}
	if len(kept) == 0 {
		return nil, fmt.Errorf("fmri.betas.conditions: none of %q is kept by %q", names, b.Conditions)
	}
	return kept, nil
}

var (
	spmFile  = regexp.MustCompile(`^beta_(\d+)\.(nii|img|hdr)(\.gz)?$`)
	copeFile = regexp.MustCompile(`^cope(\d+)\.nii(\.gz)?$`)
)

// spmBetas names beta_0001 and so on by the SPM.mat of their folder, else by the
// description in their headers.
func spmBetas(files []string) ([]beta, error) {
	var list []beta
	var all []string
	designs := map[string][]string{}
	for _, file := range files {
		m := spmFile.FindStringSubmatch(filepath.Base(file))
		if m == nil {
			return nil, fmt.Errorf("%s: not named like beta_0001.nii, as betas.names=spm wants", file)
		}
		folder := filepath.Dir(file)
		names, read := designs[folder]
		if !read {
			var err error
			names, err = glm.SPM(filepath.Join(folder, "SPM.mat"))
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, err
			}
			designs[folder] = names
		}
		name := ""
		if n, err := strconv.Atoi(m[1]); names != nil {
			if err != nil || n < 1 || n > len(names) {
				return nil, fmt.Errorf("%s: SPM.mat names %d regressors", file, len(names))
			}
			name = names[n-1]
		} else {
			im, err := nifti.Open(file)
			if err != nil {
				return nil, err
			}
			if name = glm.SPMDescription(im.Description); name == "" {
				return nil, fmt.Errorf("%s: no SPM.mat beside it, and its header's description is %q; give a table with betas.names", file, im.Description)
			}
		}
		all = append(all, name)
		r := glm.ParseRegressor(name)
		if r.Condition != "" && r.Basis == 1 {
			list = append(list, beta{file: file, condition: r.Condition, run: fmt.Sprintf("%s %d", folder, r.Session)})
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s: no regressor is a condition, named like Sn(1) NAME*bf(1): %q", filepath.Dir(files[0]), all)
	}
	return list, nil
}

// fslCopes names cope1 and so on of X.feat/stats by X.feat/design.con.
func fslCopes(files []string) ([]beta, error) {
	var list []beta
	for _, file := range files {
		m := copeFile.FindStringSubmatch(filepath.Base(file))
		if m == nil {
			return nil, fmt.Errorf("%s: not named like cope1.nii.gz, as betas.names=fsl wants", file)
		}
		feat := filepath.Dir(filepath.Dir(file))
		names, err := glm.FSL(filepath.Join(feat, "design.con"))
		if err != nil {
			return nil, err
		}
		n, err := strconv.Atoi(m[1])
		if err != nil || n < 1 || n > len(names) {
			return nil, fmt.Errorf("%s: design.con names %d contrasts", file, len(names))
		}
		list = append(list, beta{file: file, condition: names[n-1], run: feat})
	}
	return list, nil
}

// bidsMaps names statistical maps, as nilearn and fitlins write them, by their entity
// contrast.
func bidsMaps(files []string) ([]beta, error) {
	var list []beta
	for _, file := range files {
		n, err := bids.ParseName(filepath.Base(file))
		if err != nil {
			return nil, err
		}
		condition := n.Get("contrast")
		if condition == "" {
			return nil, fmt.Errorf("%s: no entity contrast, by which betas.names=bids names the condition", file)
		}
		list = append(list, beta{file: file, condition: condition, session: n.Get("ses"), run: n.Get("run")})
	}
	return list, nil
}

// tableBetas names images by a table: its rows are of files, or in their order of all
// volumes.
func tableBetas(root, name string, files []string) ([]beta, error) {
	rows, err := readRows(filepath.Join(root, filepath.FromSlash(name)), name)
	if err != nil {
		return nil, err
	}
	if rows[0].file == "" {
		var list []beta
		for _, file := range files {
			im, err := nifti.Open(file)
			if err != nil {
				return nil, err
			}
			for v := range im.NumVolumes() {
				list = append(list, beta{file: file, volume: v})
			}
		}
		if len(list) != len(rows) {
			return nil, fmt.Errorf("%s has %d rows, the images have %d volumes; without a column file each row is a volume", name, len(rows), len(list))
		}
		for i, r := range rows {
			r.file, r.volume = list[i].file, list[i].volume
			list[i] = r
		}
		return list, nil
	}
	var list []beta
	of := map[string]beta{}
	for _, r := range rows {
		of[r.file] = r
	}
	beside := path.Dir(filepath.ToSlash(name))
	for _, file := range files {
		rel := relative(root, file)
		inFolder, err := filepath.Rel(filepath.FromSlash(beside), filepath.FromSlash(rel))
		if err != nil {
			return nil, err
		}
		r, ok := of[rel]
		if !ok {
			r, ok = of[filepath.ToSlash(inFolder)]
		}
		if !ok {
			return nil, fmt.Errorf("%s: no row for %s (paths are of the dataset or of the table's folder)", name, rel)
		}
		r.file = file
		list = append(list, r)
	}
	return list, nil
}

// readRows reads the table of betas.names.
func readRows(file, name string) ([]beta, error) {
	in, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("betas.names: %q is neither %s, %s nor %s, and no table: %w", name, NamesSPM, NamesFSL, NamesBIDS, err)
	}
	defer in.Close()
	table, err := csvtable.Read(in)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	column := func(key string) int { return slices.Index(table.Columns, key) }
	if column("condition") < 0 {
		return nil, fmt.Errorf("%s: no column \"condition\" among %q", name, table.Columns)
	}
	var rows []beta
	for i, cells := range table.Rows {
		line := table.Lines[i]
		var row beta
		for key, to := range map[string]*string{"condition": &row.condition, "file": &row.file, "session": &row.session, "run": &row.run} {
			if at := column(key); at >= 0 {
				*to = cells[at]
			}
		}
		if row.condition == "" || column("file") >= 0 && row.file == "" {
			return nil, fmt.Errorf("%s:%d: a row needs a condition, and a file where there is such a column", name, line)
		}
		if row.file != "" && slices.ContainsFunc(rows, func(r beta) bool { return r.file == row.file }) {
			return nil, fmt.Errorf("%s:%d: file %q twice", name, line, row.file)
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("%s: no rows", name)
	}
	return rows, nil
}

// compareNatural orders numbers in names by value: cope2 comes before cope10.
func compareNatural(a, b string) int {
	digits := func(s string) int {
		n := 0
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		return n
	}
	x, y := a, b
	for x != "" && y != "" {
		n, m := digits(x), digits(y)
		if n > 0 && m > 0 {
			p, q := strings.TrimLeft(x[:n], "0"), strings.TrimLeft(y[:m], "0")
			if len(p) != len(q) {
				return len(p) - len(q)
			}
			if c := strings.Compare(p, q); c != 0 {
				return c
			}
			x, y = x[n:], y[m:]
			continue
		}
		if x[0] != y[0] {
			return int(x[0]) - int(y[0])
		}
		x, y = x[1:], y[1:]
	}
	if c := len(x) - len(y); c != 0 {
		return c
	}
	return strings.Compare(a, b)
}
