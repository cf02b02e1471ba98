package text_test

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"realnet/stages/report/text"
)

// Every title and caption of the templates is drawn by some figure, and no figure has its
// own in code.
func TestCaptionsAreTemplates(t *testing.T) {
	t.Parallel()
	captions, err := fs.ReadFile(text.Files(), "captions.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	code := ""
	files, err := os.ReadDir("../figures")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if strings.HasSuffix(f.Name(), ".go") && !strings.HasSuffix(f.Name(), "_test.go") {
			part, err := os.ReadFile("../figures/" + f.Name())
			if err != nil {
				t.Fatal(err)
			}
			code += string(part)
		}
	}
	for _, m := range regexp.MustCompile(`define "(title|caption)-([a-z-]+)"`).FindAllStringSubmatch(string(captions), -1) {
		if !strings.Contains(code, `text.Figure("`+m[2]+`"`) {
			t.Errorf("%s of figure %q: no figure has it", m[1], m[2])
		}
	}
	if found := regexp.MustCompile(`(Caption|Title)( \+?=|:) *(fmt\.Sprintf\()?"[^"]+"`).FindString(code); found != "" {
		t.Errorf("a caption outside the templates: %s", found)
	}
}
