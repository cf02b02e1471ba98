package stats

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every sentence of the templates is used by the code, and the code has no others.
func TestEverySentenceIsUsed(t *testing.T) {
	t.Parallel()
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	code := ""
	for _, f := range files {
		if strings.HasSuffix(f.Name(), ".go") && !strings.HasSuffix(f.Name(), "_test.go") {
			text, err := os.ReadFile(f.Name())
			if err != nil {
				t.Fatal(err)
			}
			code += string(text)
		}
	}
	tmpl, err := os.ReadFile("text/rows.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	used := code + strings.Join(regexp.MustCompile(`{{template "[^}]*`).FindAllString(string(tmpl), -1), "\n")
	schema := ""
	schemas, err := filepath.Glob("../../artifacts/schemas/statistics/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range schemas {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		schema += string(text)
	}
	kinds := map[string]bool{} // sentences of a kind are named by its constant
	for _, m := range regexp.MustCompile(`(?m)^\t\w+ += "([a-z-]+)"`).FindAllStringSubmatch(schema, -1) {
		kinds[m[1]] = true
	}
	for _, b := range rowTexts.Templates() {
		if name := b.Name(); strings.Contains(name, "-") && !strings.HasSuffix(name, ".tmpl") && !kinds[name] && !strings.Contains(used, `"`+name+`"`) {
			t.Errorf("sentence %q is said nowhere", name)
		}
	}
	if found := regexp.MustCompile(`(Text|Test)\s*\+?= (fmt\.Sprintf\()?"[^"]*[a-z]{3}[^"]*"`).FindString(code); found != "" {
		t.Errorf("a sentence outside the templates: %s", found)
	}
}
