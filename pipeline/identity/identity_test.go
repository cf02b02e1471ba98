package identity

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"testing/fstest"
)

func tree() fstest.MapFS {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	return fstest.MapFS{
		"go.mod":                        file("module m\n\ngo 1.26\n\nrequire (\n\tx.org/a v1.0.0\n\tx.org/b/v2 v2.1.0\n\tx.org/c v0.1.0 // indirect\n)\n"),
		"stages/rdm/rdm.go":             file("package rdm\n\nimport (\n\t\"fmt\"\n\n\t\"m/stages/analysis/rdm\"\n\t\"x.org/a/sub\"\n)\n\n// Run runs.\nfunc Run() int { fmt.Println(rdm.X, sub.Y); return 1 }\n"),
		"stages/analysis/rdm/rdm.go":    file("package rdm\n\nvar X = 1\n"),
		"stages/analysis/rdm/k_amd64.s": file("// a kernel\nTEXT ·k(SB), $0-0\n\tRET\n"),
		"stages/report/report.go":       file("package report\n\nimport _ \"embed\"\n\n//go:embed page.html\nvar page string\n"),
		"stages/report/page.html":       file("<p>"),
	}
}

func identity(t *testing.T, fsys fstest.MapFS, dir string) string {
	t.Helper()
	s, err := New(fsys)
	if err != nil {
		t.Fatal(err)
	}
	id, err := s.Of(dir)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestWhatChangesAnIdentity(t *testing.T) {
	edit := func(name, from, to string) func(fstest.MapFS) {
		return func(fsys fstest.MapFS) {
			text := string(fsys[name].Data)
			if !strings.Contains(text, from) {
				t.Fatalf("%s has no %q", name, from)
			}
			fsys[name] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(text, from, to))}
		}
	}
	cases := []struct {
		name        string
		edit        func(fstest.MapFS)
		rdm, report bool // changes?
	}{
		{"nothing", func(fstest.MapFS) {}, false, false},
		{"comment", edit("stages/rdm/rdm.go", "Run runs.", "Run does more than it says."), false, false},
		{"white space", edit("stages/rdm/rdm.go", "{ fmt.", "{\n\n\tfmt."), false, false},
		{"asm comment", edit("stages/analysis/rdm/k_amd64.s", "a kernel", "the kernel"), false, false},
		{"a test", func(f fstest.MapFS) { f["stages/rdm/rdm_test.go"] = &fstest.MapFile{Data: []byte("package rdm")} }, false, false},
		{"the stage", edit("stages/rdm/rdm.go", "return 1", "return 2"), true, false},
		{"what it links", edit("stages/analysis/rdm/rdm.go", "X = 1", "X = 2"), true, false},
		{"its assembly", edit("stages/analysis/rdm/k_amd64.s", "RET", "NOP\n\tRET"), true, false},
		{"a module it imports", edit("go.mod", "x.org/a v1.0.0", "x.org/a v1.0.1"), true, false},
		{"a module it does not import", edit("go.mod", "v2.1.0", "v2.1.1"), false, false},
		{"an indirect module", edit("go.mod", "v0.1.0", "v0.1.1"), true, false},
		{"the report", edit("stages/report/report.go", "page string", "page2 string"), false, true},
		{"a file the report embeds", edit("stages/report/page.html", "<p>", "<p><p>"), false, true},
	}
	rdm, report := identity(t, tree(), "stages/rdm"), identity(t, tree(), "stages/report")
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			fsys := maps.Clone(tree())
			c.edit(fsys)
			if changed := identity(t, fsys, "stages/rdm") != rdm; changed != c.rdm {
				t.Errorf("rdm changed: %v, want %v", changed, c.rdm)
			}
			if changed := identity(t, fsys, "stages/report") != report; changed != c.report {
				t.Errorf("report changed: %v, want %v", changed, c.report)
			}
		})
	}
}

func TestMissingSourcesAreAnError(t *testing.T) {
	fsys := tree()
	delete(fsys, "stages/analysis/rdm/rdm.go")
	s, err := New(fsys)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Of("stages/rdm"); !errors.Is(err, ErrNoSources) {
		t.Fatalf("got %v, want ErrNoSources", err)
	}
}
