package catalogue

import (
	"fmt"
	"strings"
)

// Dataset is one public dataset.
type Dataset struct {
	Name     string `json:"name"` // as in `realnet data fetch NAME`
	Title    string `json:"title"`
	Licence  string `json:"licence"` // "unknown" where none is stated
	Citation string `json:"citation"`
	Homepage string `json:"homepage"`
	Request  string `json:"request,omitempty"` // how to get the files that have no URL
	About    int64  `json:"about,omitempty"`   // bytes of the whole, roughly, where the sizes of its files are not known
	Files    []File `json:"files,omitempty"`
}

// File is one file of a dataset.
type File struct {
	Path   string `json:"path"` // its path in the dataset's folder, slash-separated; a pattern where the names are the user's
	URL    string `json:"url,omitempty"`
	Size   int64  `json:"size,omitempty"`   // bytes; 0 when not known
	MD5    string `json:"md5,omitempty"`    // hexadecimal, where the host publishes one
	SHA256 string `json:"sha256,omitempty"` // hexadecimal, or its first digits as in a file name
}

// Find returns the dataset of a name.
func Find(name string) (Dataset, bool) {
	for _, d := range All() {
		if d.Name == name {
			return d, true
		}
	}
	return Dataset{}, false
}

// Select returns the files that match the patterns, in order.
func (d Dataset) Select(patterns []string) []File {
	var out []File
	for _, f := range d.Files {
		if Match(patterns, f.Path) {
			out = append(out, f)
		}
	}
	return out
}

// File returns the file of a path.
func (d Dataset) File(path string) (File, bool) {
	for _, f := range d.Files {
		if f.Path == path {
			return f, true
		}
	}
	return File{}, false
}

// Size is the sum of the known sizes.
func (d Dataset) Size() int64 {
	var n int64
	for _, f := range d.Files {
		n += f.Size
	}
	return n
}

// Complete reports whether the size of every file is known.
func (d Dataset) Complete() bool {
	for _, f := range d.Files {
		if f.Size == 0 {
			return false
		}
	}
	return true
}

// SizeText is the size of the dataset in words, "about" where it is not known to
// the byte.
func (d Dataset) SizeText() string {
	switch {
	case d.Complete():
		return SizeText(d.Size())
	case d.About > 0:
		return "about " + SizeText(d.About)
	}
	return "unknown"
}

// SizeText writes a number of bytes with decimal units, as hosts of data do.
func SizeText(n int64) string {
	v, units := float64(n), []string{"B", "kB", "MB", "GB", "TB"}
	for v >= 1000 && len(units) > 1 {
		v, units = v/1000, units[1:]
	}
	if units[0] == "B" {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", v, units[0])
}

// HowToGet says in words what the dataset is, how large, where it comes from
// or whom to ask, and where to put it.
func (d Dataset) HowToGet() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", d.Name, d.Title)
	fmt.Fprintf(&b, "  from %s; size: %s; licence: %s\n", d.Homepage, d.SizeText(), d.Licence)
	if d.Request != "" {
		fmt.Fprintf(&b, "  manual: %s\n", d.Request)
	} else {
		fmt.Fprintf(&b, "  to download: realnet data fetch %s\n", d.Name)
	}
	fmt.Fprintf(&b, "  put the files into DIR/%s and give --data DIR", d.Name)
	return b.String()
}
