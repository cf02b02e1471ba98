package identity

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"hash"
	"io/fs"
	"maps"
	"path"
	"runtime"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"
)

// ErrNoSources is returned when the sources of an imported package are not in
// the file system that the program embeds.
var ErrNoSources = errors.New("sources are not embedded")

// Sources computes identities from a module's source tree. It may be used by
// several goroutines.
type Sources struct {
	fsys   fs.FS
	module string
	mods   modules
	goVer  string

	mu   sync.Mutex
	pkgs map[string]*pkg
}

// pkg is what one package contributes: its own digest and what it imports.
type pkg struct {
	own     [sha256.Size]byte
	local   []string // import paths within the module, sorted
	foreign []string // import paths of third-party packages, sorted
}

// New reads go.mod at the root of the tree.
func New(fsys fs.FS) (*Sources, error) {
	text, err := fs.ReadFile(fsys, "go.mod")
	if err != nil {
		return nil, fmt.Errorf("code identity: %w", err)
	}
	mods, err := parseModules(string(text))
	if err != nil {
		return nil, fmt.Errorf("code identity: go.mod: %w", err)
	}
	return &Sources{fsys: fsys, module: mods.path, mods: mods, goVer: runtime.Version(), pkgs: map[string]*pkg{}}, nil
}

// Of returns the identity of the package in the folder dir (slash-separated,
// from the module's root) as "code:<hex>".
func (s *Sources) Of(dir string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	closure := map[string]*pkg{}
	if err := s.collect(dir, closure); err != nil {
		return "", fmt.Errorf("code identity of %s: %w", dir, err)
	}
	h := sha256.New()
	fmt.Fprintf(h, "go %s\n", s.goVer)
	foreign := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(closure)) {
		p := closure[name]
		fmt.Fprintf(h, "package %s %x\n", name, p.own)
		for _, f := range p.foreign {
			m, err := s.mods.providing(f)
			if err != nil {
				return "", fmt.Errorf("code identity of %s: %w", dir, err)
			}
			foreign[m] = true
		}
	}
	for _, m := range slices.Sorted(maps.Keys(foreign)) {
		fmt.Fprintf(h, "module %s\n", m)
	}
	if len(foreign) > 0 {
		for _, m := range s.mods.indirect {
			fmt.Fprintf(h, "indirect %s\n", m)
		}
	}
	return "code:" + hex.EncodeToString(h.Sum(nil)), nil
}

// Imports lists the folders of this module that the package in dir links,
// itself included, sorted.
func (s *Sources) Imports(dir string) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	closure := map[string]*pkg{}
	if err := s.collect(dir, closure); err != nil {
		return nil, err
	}
	return slices.Sorted(maps.Keys(closure)), nil
}

func (s *Sources) collect(dir string, closure map[string]*pkg) error {
	if closure[dir] != nil {
		return nil
	}
	p := s.pkgs[dir]
	if p == nil {
		var err error
		if p, err = s.load(dir); err != nil {
			return err
		}
		s.pkgs[dir] = p
	}
	closure[dir] = p
	for _, imp := range p.local {
		if err := s.collect(imp, closure); err != nil {
			return err
		}
	}
	return nil
}

// load digests one package and lists its imports.
func (s *Sources) load(dir string) (*pkg, error) {
	entries, err := fs.ReadDir(s.fsys, dir)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, ErrNoSources)
	}
	h := sha256.New()
	local, foreign := map[string]bool{}, map[string]bool{}
	files := 0
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() || strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := fs.ReadFile(s.fsys, path.Join(dir, name))
		if err != nil {
			return nil, err
		}
		switch path.Ext(name) {
		case ".go":
			files++
			fmt.Fprintf(h, "file %s\n", name)
			if err := s.goFile(h, dir, name, text, local, foreign); err != nil {
				return nil, err
			}
		case ".s", ".h":
			fmt.Fprintf(h, "file %s\n", name)
			asmTokens(h, string(text))
		}
	}
	if files == 0 {
		return nil, fmt.Errorf("%s: %w", dir, ErrNoSources)
	}
	p := &pkg{local: slices.Sorted(maps.Keys(local)), foreign: slices.Sorted(maps.Keys(foreign))}
	h.Sum(p.own[:0])
	return p, nil
}

func (s *Sources) goFile(h hash.Hash, dir, name string, text []byte, local, foreign map[string]bool) error {
	directives := goTokens(h, text)
	for _, d := range directives {
		if patterns, ok := strings.CutPrefix(d, "//go:embed "); ok {
			if err := s.embedded(h, dir, patterns); err != nil {
				return err
			}
		}
	}
	file, err := parser.ParseFile(token.NewFileSet(), path.Join(dir, name), text, parser.ImportsOnly)
	if err != nil {
		return err
	}
	for _, spec := range file.Imports {
		imp, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		first, _, _ := strings.Cut(imp, "/")
		switch {
		case imp == s.module:
			local["."] = true
		case strings.HasPrefix(imp, s.module+"/"):
			local[strings.TrimPrefix(imp, s.module+"/")] = true
		case strings.Contains(first, "."):
			foreign[imp] = true
		}
	}
	return nil
}

// embedded digests the files that a //go:embed directive names.
func (s *Sources) embedded(h hash.Hash, dir, patterns string) error {
	for _, pattern := range strings.Fields(patterns) {
		pattern = strings.TrimPrefix(strings.Trim(pattern, "\"`"), "all:")
		matches, err := fs.Glob(s.fsys, path.Join(dir, pattern))
		if err != nil {
			return err
		}
		if len(matches) == 0 {
			return fmt.Errorf("%s: embedded %s: %w", dir, pattern, ErrNoSources)
		}
		for _, m := range matches {
			err := fs.WalkDir(s.fsys, m, func(p string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				text, err := fs.ReadFile(s.fsys, p)
				if err != nil {
					return err
				}
				fmt.Fprintf(h, "embed %s %x\n", strings.TrimPrefix(p, dir+"/"), sha256.Sum256(text))
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// modules are the requirements of a go.mod file.
type modules struct {
	path     string
	direct   map[string]string // module path -> "path version"
	indirect []string          // "path version", sorted; replacements too
}

func parseModules(text string) (modules, error) {
	m := modules{direct: map[string]string{}}
	block := ""
	scan := bufio.NewScanner(strings.NewReader(text))
	for scan.Scan() {
		line := scan.Text()
		code, comment, _ := strings.Cut(line, "//")
		words := strings.Fields(code)
		switch {
		case len(words) == 0:
			continue
		case len(words) == 1 && words[0] == ")":
			block = ""
			continue
		case len(words) == 2 && words[1] == "(":
			block = words[0]
			continue
		case block != "":
			words = append([]string{block}, words...)
		}
		switch words[0] {
		case "module":
			m.path = words[1]
		case "require":
			if len(words) != 3 {
				return m, fmt.Errorf("cannot read %q", line)
			}
			m.direct[words[1]] = words[1] + " " + words[2]
			if strings.Contains(comment, "indirect") {
				m.indirect = append(m.indirect, words[1]+" "+words[2])
			}
		case "replace":
			m.indirect = append(m.indirect, strings.Join(words, " "))
		}
	}
	if m.path == "" {
		return m, errors.New("no module line")
	}
	sort.Strings(m.indirect)
	return m, nil
}

// providing returns the module that has the package, with its version.
func (m modules) providing(imp string) (string, error) {
	for p := imp; p != "." && p != "/"; p = path.Dir(p) {
		if v, ok := m.direct[p]; ok {
			return v, nil
		}
	}
	return "", fmt.Errorf("no module in go.mod provides %s", imp)
}
