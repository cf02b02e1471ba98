package catalogue

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"realnet/data/realdata"
)

func TestAllIsWellFormed(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range All() {
		if d.Name == "" || d.Title == "" || d.Licence == "" || d.Citation == "" || !strings.HasPrefix(d.Homepage, "http") || len(d.Files) == 0 {
			t.Errorf("%q lacks something: %+v", d.Name, d.Homepage)
		}
		if seen[d.Name] {
			t.Errorf("%s twice", d.Name)
		}
		seen[d.Name] = true
		paths := map[string]bool{}
		for _, f := range d.Files {
			if err := checkPath(f.Path); err != nil || paths[f.Path] {
				t.Errorf("%s: path %q: %v, or twice", d.Name, f.Path, err)
			}
			paths[f.Path] = true
			if f.URL == "" && d.Request == "" {
				t.Errorf("%s: %s has no URL and nobody says how to get it", d.Name, f.Path)
			}
			if u, err := url.Parse(f.URL); f.URL != "" && (err != nil || u.Scheme != "https" || u.Host == "") {
				t.Errorf("%s: URL %q: %v", d.Name, f.URL, err)
			}
			if strings.Trim(f.MD5+f.SHA256, "0123456789abcdef") != "" {
				t.Errorf("%s: %s: digests are not lower-case hexadecimal", d.Name, f.Path)
			}
		}
		if text := d.HowToGet(); !strings.Contains(text, d.Homepage) || !strings.Contains(text, d.Licence) {
			t.Errorf("%s: how to get it: %s", d.Name, text)
		}
	}
	if _, ok := Find("no such dataset"); ok {
		t.Error("found what is not there")
	}
}

// Sizes as OpenNeuro states them: 104.8 GB and 40.6 GB; runs as the papers do.
func TestInventories(t *testing.T) {
	for _, tt := range []struct {
		name, pattern string
		files         int
		size          string
	}{
		{"haxby2001", "bold_25mm.nii.gz", 12, "2.6 MB"},
		{"ds001506", "sub-*/ses-perceptionNaturalImageTraining*/func/*_bold.nii.gz", 360, "104.8 GB"},
		{"ds001506", "sub-01/ses-perceptionNaturalImageTest*/func/*_bold.nii.gz", 24, "104.8 GB"},
		{"ds001506", "sourcedata/sub-01/anat/*.nii.gz", 22, "104.8 GB"},
		{"ds001246", "sub-*/ses-perceptionTraining*/func/*_bold.nii.gz", 120, "40.6 GB"},
		{"ds001246", "sub-*/ses-perceptionTest*/func/*_bold.nii.gz", 175, "40.6 GB"},
	} {
		d, ok := Find(tt.name)
		if !ok {
			t.Fatal(tt.name)
		}
		if n := len(d.Select([]string{tt.pattern})); n != tt.files {
			t.Errorf("%s: %d files match %s, want %d", tt.name, n, tt.pattern, tt.files)
		}
		if !d.Complete() || d.SizeText() != tt.size {
			t.Errorf("%s: size %s, want %s", tt.name, d.SizeText(), tt.size)
		}
	}
}

// The files that tests use are those of the catalogue.
func TestRealFiles(t *testing.T) {
	for _, name := range []string{"haxby2001", "kriegeskorte2008", "shen2019-stimuli", "ds001506"} {
		dir := realdata.Path(t, name)
		d, _ := Find(name)
		whole := 0
		for _, f := range d.Files {
			switch state, err := Verify(context.Background(), f, dir); state {
			case Whole:
				whole++
			case Missing:
				if name == "haxby2001" || name == "kriegeskorte2008" {
					t.Errorf("%s: %s is missing", name, f.Path)
				}
			default:
				t.Errorf("%s: %s is %s: %v", name, f.Path, state, err)
			}
		}
		t.Logf("%s: %d of %d files are here and whole", name, whole, len(d.Files))
	}
}

func TestSizeText(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 427_000_000: "427.0 MB", 104_829_000_000: "104.8 GB"} {
		if got := SizeText(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}
