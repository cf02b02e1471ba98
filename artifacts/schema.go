package artifacts

import (
	"fmt"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// Kind is the kind of a file in an artifact.
type Kind string

// The kinds of files. Tables are named *.parquet, tensors and weights *.arrow.
const (
	KindTable   Kind = "table"
	KindTensor  Kind = "tensor"
	KindWeights Kind = "weights"
	KindRaw     Kind = "raw"
)

// DType is the element type of a tensor.
type DType string

// The element types of tensors.
const (
	Uint8   DType = "uint8"
	Int32   DType = "int32"
	Int64   DType = "int64"
	Float32 DType = "float32"
	Float64 DType = "float64"
)

// Schema says which files an artifact of a kind has. It is identified by name and
// version: a change that breaks readers takes a new version.
type Schema struct {
	Name    string     `json:"name"`
	Version int        `json:"version"`
	Doc     string     `json:"doc,omitempty"`
	Files   []FileSpec `json:"files"`
}

// FileSpec describes one file of an artifact, or with a pattern in Name
// (path.Match, as in "figures/*.svg" or "*.arrow") any number of them, at least one
// unless Optional. A file belongs to the spec of its exact name, else to the first
// pattern that matches.
type FileSpec struct {
	Name     string   `json:"name"`
	Kind     Kind     `json:"kind"`
	Optional bool     `json:"optional,omitempty"`
	Columns  []Column `json:"columns,omitempty"` // of a table, in order; none: any columns
	DType    DType    `json:"dtype,omitempty"`   // of a tensor; "": any
	Rank     int      `json:"rank,omitempty"`    // axes of a tensor, axis 0 included; 0: any
	Doc      string   `json:"doc,omitempty"`
}

// SchemaRef names a schema, as a manifest does.
type SchemaRef struct {
	Name    string `json:"name"`
	Version int    `json:"version"`
}

// Ref returns the name and version of s.
func (s Schema) Ref() SchemaRef { return SchemaRef{s.Name, s.Version} }

// String returns "name/version".
func (r SchemaRef) String() string { return fmt.Sprintf("%s/%d", r.Name, r.Version) }

// Spec returns the spec that the file called name belongs to.
func (s Schema) Spec(name string) (FileSpec, bool) {
	for _, f := range s.Files {
		if f.Name == name {
			return f, true
		}
	}
	for _, f := range s.Files {
		if ok, err := path.Match(f.Name, name); err == nil && ok {
			return f, true
		}
	}
	return FileSpec{}, false
}

var registry = struct {
	sync.RWMutex
	byName map[string][]Schema // versions in ascending order
}{byName: map[string][]Schema{}}

// Define registers s and returns it, so that the package which produces such
// artifacts declares
//
//	var RDMs = artifacts.Define(artifacts.Schema{Name: "rdms", Version: 1, Files: ...})
//
// It panics when s is not valid, or differs from a schema of the same name and
// version: both are errors of the programmer.
func Define(s Schema) Schema {
	if err := s.validate(); err != nil {
		panic(fmt.Sprintf("artifacts: schema %q: %v", s.Name, err))
	}
	registry.Lock()
	defer registry.Unlock()
	versions := registry.byName[s.Name]
	for _, v := range versions {
		if v.Version == s.Version {
			if !reflect.DeepEqual(v, s) {
				panic(fmt.Sprintf("artifacts: schema %s is defined twice, differently", s.Ref()))
			}
			return s
		}
	}
	versions = append(versions, s)
	slices.SortFunc(versions, func(a, b Schema) int { return a.Version - b.Version })
	registry.byName[s.Name] = versions
	return s
}

// Lookup returns the newest version of the schema called name.
func Lookup(name string) (Schema, bool) {
	registry.RLock()
	defer registry.RUnlock()
	v := registry.byName[name]
	if len(v) == 0 {
		return Schema{}, false
	}
	return v[len(v)-1], true
}

// LookupRef returns the schema of that name and version.
func LookupRef(r SchemaRef) (Schema, bool) {
	registry.RLock()
	defer registry.RUnlock()
	for _, s := range registry.byName[r.Name] {
		if s.Version == r.Version {
			return s, true
		}
	}
	return Schema{}, false
}

func (s Schema) validate() error {
	if s.Name == "" || s.Version < 1 {
		return fmt.Errorf("needs a name and a version from 1")
	}
	if len(s.Files) == 0 {
		return fmt.Errorf("names no files")
	}
	seen := map[string]bool{}
	for _, f := range s.Files {
		if err := f.validate(); err != nil {
			return fmt.Errorf("file %q: %w", f.Name, err)
		}
		if seen[f.Name] {
			return fmt.Errorf("file %q is named twice", f.Name)
		}
		seen[f.Name] = true
	}
	return nil
}

func (f FileSpec) validate() error {
	if err := checkName(f.Name); err != nil {
		return err
	}
	if _, err := path.Match(f.Name, ""); err != nil {
		return fmt.Errorf("bad pattern: %w", err)
	}
	want := map[Kind]string{KindTable: ".parquet", KindTensor: ".arrow", KindWeights: ".arrow", KindRaw: ""}
	ext, ok := want[f.Kind]
	switch {
	case !ok:
		return fmt.Errorf("unknown kind %q", f.Kind)
	case !strings.HasSuffix(f.Name, ext):
		return fmt.Errorf("a %s is named *%s", f.Kind, ext)
	case f.Kind != KindTable && len(f.Columns) > 0:
		return fmt.Errorf("only tables have columns")
	case f.Kind != KindTensor && (f.DType != "" || f.Rank != 0):
		return fmt.Errorf("only tensors have a dtype and a rank")
	case f.Rank < 0:
		return fmt.Errorf("negative rank")
	}
	if f.DType != "" && f.DType.Size() == 0 {
		return fmt.Errorf("unknown dtype %q", f.DType)
	}
	seen := map[string]bool{}
	for _, c := range f.Columns {
		if c.Name == "" || seen[c.Name] || !c.Type.valid() {
			return fmt.Errorf("column %q of type %q: needs a name of its own and a known type", c.Name, c.Type)
		}
		seen[c.Name] = true
	}
	return nil
}

// Size returns the bytes of one element, 0 for an unknown type.
func (d DType) Size() int {
	switch d {
	case Uint8:
		return 1
	case Int32, Float32:
		return 4
	case Int64, Float64:
		return 8
	}
	return 0
}

// checkName refuses names that could leave the artifact's directory, collide with
// the manifest, or mean something else on another system.
func checkName(name string) error {
	switch {
	case name == "" || !filepath.IsLocal(filepath.FromSlash(name)) || path.Clean(name) != name:
		return fmt.Errorf("file name %q: must be a plain relative path such as \"figures/x.svg\"", name)
	case strings.ContainsAny(name, "\\\x00\n"):
		return fmt.Errorf("file name %q: must have neither backslash, NUL nor line break", name)
	case name == ManifestName:
		return fmt.Errorf("file name %q is taken by the manifest", name)
	case strings.HasPrefix(name, ".") || strings.Contains(name, "/."):
		return fmt.Errorf("file name %q: must not start with a dot", name)
	}
	return nil
}
