package pipeline

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"realnet/artifacts"
	"realnet/artifacts/schemas/page"
)

// ErrForeign is returned when a folder has a file that no run wrote where a run
// would write one.
var ErrForeign = errors.New("has files that no run wrote")

// underWay is RunRecord.Missing while a run's folder is rewritten.
const underWay = "the folder was being written when the program ended; run the same command again"

// CheckRunFolder reports, before any work is done, that a run cannot be written to
// dir because a page or results there were written by no run. An absent folder is
// fine.
func CheckRunFolder(dir string) error {
	var files []artifacts.FileInfo
	for _, name := range []string{page.HTML, page.Results, page.Study} {
		files = append(files, artifacts.FileInfo{Name: name})
	}
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("run folder: %w", err)
	}
	defer func() { _ = root.Close() }() // only looked through
	before, err := writtenBefore(dir, files)
	if err != nil {
		return err
	}
	return refuseForeign(root, dir, files, before)
}

// WriteRun makes dir the folder of this run: run.json, and the files of the report
// artifact (nil when there is none; rec.Missing says why). The files that the run
// before listed are replaced or removed, and no others; a file in the way that no run
// wrote is ErrForeign, with nothing changed. A reader never takes a folder that was
// left half written for a whole run.
func WriteRun(dir string, rec RunRecord, report *artifacts.Artifact) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("run folder: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("run folder: %w", err)
	}
	defer func() { _ = root.Close() }() // only looked through
	rec.Files = nil
	switch {
	case report != nil:
		rec.Files, rec.Missing = report.Manifest().Files, ""
	case rec.Missing == "":
		rec.Missing = "the run made no report"
	}
	before, err := writtenBefore(dir, rec.Files)
	if err != nil {
		return err
	}
	if err := refuseForeign(root, dir, rec.Files, before); err != nil {
		return err
	}
	if len(before) > 0 || len(rec.Files) > 0 {
		// Until the last file is there, the record owns the old files and the new.
		half := rec
		half.Missing, half.Files = underWay, slices.Clone(rec.Files)
		for _, name := range before {
			if !lists(rec.Files, name) {
				half.Files = append(half.Files, artifacts.FileInfo{Name: name})
			}
		}
		if err := writeRecord(dir, half); err != nil {
			return err
		}
	}
	if err := removeOld(root, before, rec.Files); err != nil {
		return fmt.Errorf("run folder %s: %w", dir, err)
	}
	for _, f := range rec.Files {
		if err := copyChecked(report, f.Name, root); err != nil {
			return fmt.Errorf("run folder %s: %w", dir, err)
		}
	}
	return writeRecord(dir, rec)
}

func writeRecord(dir string, rec RunRecord) error {
	text, err := json.MarshalIndent(rec, "", "  ")
	if err != nil {
		return err
	}
	return artifacts.ReplaceFile(filepath.Join(dir, RunFile), append(text, '\n'))
}

// writtenBefore lists the files that the run before wrote into the folder. Records of
// older versions list none; beside those, what a run would write now is a run's.
func writtenBefore(dir string, now []artifacts.FileInfo) ([]string, error) {
	rec, err := ReadRun(dir)
	if errors.Is(err, ErrNoRun) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%w\nmove it away, or choose another --out", err)
	}
	var names []string
	for _, f := range rec.Files {
		if filepath.IsLocal(filepath.FromSlash(f.Name)) {
			names = append(names, f.Name)
		}
	}
	if len(rec.Files) == 0 && rec.Missing == "" {
		names = []string{page.HTML, page.Results, page.Study}
		for _, f := range now {
			names = append(names, f.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

func lists(files []artifacts.FileInfo, name string) bool {
	return slices.ContainsFunc(files, func(f artifacts.FileInfo) bool { return f.Name == name })
}

// refuseForeign reports the files that would be overwritten and are not the run's.
func refuseForeign(root *os.Root, dir string, files []artifacts.FileInfo, before []string) error {
	var foreign []string
	for _, f := range files {
		if _, err := root.Lstat(filepath.FromSlash(f.Name)); err == nil && !slices.Contains(before, f.Name) {
			foreign = append(foreign, f.Name)
		}
	}
	if len(foreign) == 0 {
		return nil
	}
	return fmt.Errorf("%s %w: %s: move them away, or choose another --out (nothing that is finished is computed again)", dir, ErrForeign,
		strings.Join(firstFew(foreign, 4), ", "))
}

// removeOld removes the files of the run before that this one does not have, and
// the folders that this leaves empty.
func removeOld(root *os.Root, before []string, now []artifacts.FileInfo) error {
	folders := map[string]bool{}
	for _, name := range before {
		if lists(now, name) {
			continue
		}
		err := root.Remove(filepath.FromSlash(name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if folder := path.Dir(name); folder != "." {
			folders[folder] = true
		}
	}
	for folder := range folders {
		_ = root.Remove(filepath.FromSlash(folder)) // fails while the user has files in it
	}
	return nil
}

// copyChecked copies one verified file of an artifact into the run's folder.
func copyChecked(a *artifacts.Artifact, name string, root *os.Root) error {
	from, err := a.Path(name)
	if err != nil {
		return err
	}
	to := filepath.FromSlash(name)
	if err := root.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	part := filepath.Join(filepath.Dir(to), ".part-"+filepath.Base(to)) // one name, so that a killed run's is used again
	out, err := root.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		return errors.Join(err, out.Close(), root.Remove(part))
	}
	if err := out.Close(); err != nil {
		return errors.Join(err, root.Remove(part))
	}
	return root.Rename(part, to)
}
