package catalogue

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"
)

// PartSuffix ends the name of a file that is not yet whole.
const PartSuffix = ".part"

// Match reports whether a slash-separated relative path matches one of the
// patterns (path.Match); every path does when there are none. A pattern without
// a slash is matched with the last element, at any depth.
func Match(patterns []string, rel string) bool {
	if len(patterns) == 0 {
		return true
	}
	for _, p := range patterns {
		name := rel
		if !strings.Contains(p, "/") {
			name = path.Base(rel)
		}
		if ok, _ := path.Match(p, name); ok {
			return true
		}
	}
	return false
}

// List names the files below dir that match, slash-separated and sorted.
// Hidden files and folders and partial downloads are left out.
func List(dir string, patterns []string) ([]string, error) {
	for _, p := range patterns {
		if _, err := path.Match(p, ""); err != nil {
			return nil, &fs.PathError{Op: "match", Path: p, Err: err}
		}
	}
	var names []string
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if p != dir && strings.HasPrefix(d.Name(), ".") {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if d.IsDir() {
			return nil
		}
		rel, err := filepath.Rel(dir, p)
		if err != nil {
			return err
		}
		if rel = filepath.ToSlash(rel); Match(patterns, rel) && !strings.HasSuffix(rel, PartSuffix) {
			names = append(names, rel)
		}
		return nil
	})
	sort.Strings(names)
	return names, err
}

// Here reports whether dir has every one of the files, by name and size. A file
// whose path is a pattern is there when something matches it.
func Here(dir string, files []File) bool {
	for _, f := range files {
		switch Present(f, dir) {
		case Missing, Incomplete, Damaged:
			if there, err := fs.Glob(os.DirFS(dir), f.Path); err != nil || len(there) == 0 || !strings.ContainsAny(f.Path, "*?[") {
				return false
			}
		}
	}
	return len(files) > 0
}
