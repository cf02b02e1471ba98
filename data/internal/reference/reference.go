// Package reference gives tests the files that the field's tools wrote and the values that
// they read from them: archives in testdata, and scripts of ci/reference, which run where
// their packages are installed.
package reference

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"testing"
)

// Unzip unpacks an archive into a folder of the test's own.
func Unzip(t testing.TB, archive string) string {
	t.Helper()
	z, err := zip.OpenReader(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = z.Close() }() // nothing was written
	dir := t.TempDir()
	if err := os.CopyFS(dir, z); err != nil {
		t.Fatal(err)
	}
	return dir
}

// interpreter is Debian's, for which the tools are packages.
const interpreter = "/usr/bin/python3"

// Values runs a script and reads the JSON values that it prints, one after the other. The
// test is skipped, and says so, where one of the packages (as in "mne, scipy") cannot be
// imported.
func Values[T any](t testing.TB, packages, script string, args ...string) []T {
	t.Helper()
	if exec.Command(interpreter, "-c", "import "+packages).Run() != nil {
		t.Skipf("not installed for %s: one of %s", interpreter, packages)
	}
	text, err := exec.Command(interpreter, append([]string{script}, args...)...).Output()
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	in := json.NewDecoder(bytes.NewReader(text))
	var out []T
	for {
		var v T
		if err := in.Decode(&v); errors.Is(err, io.EOF) {
			return out
		} else if err != nil {
			t.Fatalf("%s: %v", script, err)
		}
		out = append(out, v)
	}
}
