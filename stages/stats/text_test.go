package stats

import (
	"os"
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
	kinds := map[string]bool{"ceiling-lower": true, "ceiling-upper": true, "beta-loss": true, "beta-chosen": true} // named by constants of kinds
	for _, b := range rowTexts.Templates() {
		if name := b.Name(); strings.Contains(name, "-") && !strings.HasSuffix(name, ".tmpl") && !kinds[name] && !strings.Contains(used, `"`+name+`"`) {
			t.Errorf("sentence %q is said nowhere", name)
		}
	}
	if found := regexp.MustCompile(`(Text|Test)\s*\+?= (fmt\.Sprintf\()?"[^"]*[a-z]{3}[^"]*"`).FindString(code); found != "" {
		t.Errorf("a sentence outside the templates: %s", found)
	}
}
