package catalogue

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
)

// lists are the files of datasets that are published as a git repository, made by
// ci/reference/catalogue.py: path, size, and MD5 (32 digits) or SHA-256 (64).
//
//go:embed inventory
var lists embed.FS

// inventory reads a list; the files are below base.
func inventory(name, base string) []File {
	files, err := readInventory(name, base)
	if err != nil {
		panic(fmt.Sprintf("catalogue: %s: %v", name, err)) // the embedded list is wrong: a bug
	}
	return files
}

func readInventory(name, base string) ([]File, error) {
	text, err := lists.ReadFile("inventory/" + name)
	if err != nil {
		return nil, err
	}
	var r io.Reader = bytes.NewReader(text)
	if strings.HasSuffix(name, ".gz") {
		if r, err = gzip.NewReader(r); err != nil {
			return nil, err
		}
	}
	var files []File
	scan := bufio.NewScanner(r)
	for scan.Scan() {
		line := scan.Text()
		if strings.HasPrefix(line, "#") {
			continue
		}
		cells := strings.Split(line, "\t")
		if len(cells) != 3 {
			return nil, fmt.Errorf("line %q has %d cells, want 3", line, len(cells))
		}
		f := File{Path: cells[0], URL: base + escapePath(cells[0])}
		if f.Size, err = strconv.ParseInt(cells[1], 10, 64); err != nil {
			return nil, err
		}
		if len(cells[2]) == 32 {
			f.MD5 = cells[2]
		} else {
			f.SHA256 = cells[2]
		}
		files = append(files, f)
	}
	return files, scan.Err()
}

func escapePath(p string) string { return (&url.URL{Path: p}).EscapedPath() }
