package pipeline

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"realnet/pipeline/strict"
)

//go:embed studies/*.yaml
var bundled embed.FS

// ErrUnknownStudy is returned when a name is neither a bundled study nor a file.
var ErrUnknownStudy = errors.New("unknown study")

// BundledStudies lists the studies that the program brings, sorted by name.
func BundledStudies() []string {
	files, err := fs.Glob(bundled, "studies/*.yaml")
	if err != nil {
		panic(err) // the pattern is a constant
	}
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = strings.TrimSuffix(path.Base(f), ".yaml")
	}
	sort.Strings(names)
	return names
}

// StudyText returns the YAML of a bundled study or of a file, and its name for
// error messages.
func StudyText(nameOrFile string) (file string, text []byte, err error) {
	if text, err := bundled.ReadFile("studies/" + nameOrFile + ".yaml"); err == nil {
		return nameOrFile + ".yaml", text, nil
	}
	text, err = readText(nameOrFile)
	if errors.Is(err, fs.ErrNotExist) {
		hint := didYouMean(nameOrFile, BundledStudies())
		if strings.ContainsAny(nameOrFile, "./\\") {
			hint = ": there is no such file"
		}
		return "", nil, fmt.Errorf("%w %q%s (bundled: %s; or give a YAML file)", ErrUnknownStudy, nameOrFile, hint,
			strings.Join(BundledStudies(), ", "))
	}
	return nameOrFile, text, err
}

// mostStudy bounds a study file: a list of all images by name has a few megabytes.
const mostStudy = 16 << 20

// readText reads a study file, and no more of another file that was named in its place.
func readText(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, mostStudy+1))
	if err == nil && (len(text) > mostStudy || bytes.IndexByte(text, 0) >= 0) {
		err = &strict.Error{File: file, Problem: "is no study: a YAML text of 16 MB at most, as realnet studies show demo prints one"}
	}
	return text, err
}

// LoadStudy reads a bundled study or a file over the defaults and applies the
// overrides of --set.
func LoadStudy(nameOrFile string, overrides []strict.Override) (Study, error) {
	file, text, err := StudyText(nameOrFile)
	if err != nil {
		return Study{}, err
	}
	s := DefaultStudy()
	if !slices.Contains(BundledStudies(), nameOrFile) {
		s.dir = filepath.Dir(file)
	}
	if err := strict.Unmarshal(file, text, overrides, &s); err != nil {
		return s, err
	}
	if s.Study == "" {
		s.Study = strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	}
	if strings.ContainsAny(s.Study, "/\\ ") || strings.HasPrefix(s.Study, ".") {
		return s, &strict.Error{File: file, Field: "study", Problem: fmt.Sprintf("%q cannot be a folder's name", s.Study)}
	}
	if err := s.expandSweep(); err != nil {
		return s, &strict.Error{File: file, Problem: err.Error()}
	}
	s.followLayers()
	if err := s.Validate(); err != nil {
		return s, &strict.Error{File: file, Problem: err.Error()}
	}
	return s, nil
}

// followLayers takes the layers that activations.layers lacks out of the default lists of
// layers: who asks for fewer layers need not say so three times. A list of the study's own
// stays, and is checked.
func (s *Study) followLayers() {
	if len(s.Activations.Layers) == 0 {
		return
	}
	d := DefaultStudy()
	for _, l := range []struct {
		of  *[]string
		def []string
	}{{&s.Stats.Layers, d.Stats.Layers}, {&s.Dimensions.Layers, d.Dimensions.Layers}, {&s.RSA.Models.Layers, d.RSA.Models.Layers}} {
		if len(l.def) == 0 || !slices.Equal(*l.of, l.def) {
			continue
		}
		*l.of = slices.DeleteFunc(slices.Clone(l.def), func(name string) bool { return !slices.Contains(s.Activations.Layers, name) })
		if len(*l.of) == 0 {
			*l.of = slices.Clone(s.Activations.Layers)
		}
	}
}
