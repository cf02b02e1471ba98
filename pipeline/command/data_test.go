package command

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"realnet/data/realdata"
	"realnet/stages/all"
)

// execute runs a command line and returns its exit code and streams.
func execute(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	app := &App{Stdout: &out, Stderr: &errs, Sources: os.DirFS("../.."), Args: args, Registry: all.Stages()}
	code = app.Run(context.Background(), append([]string{"--store", t.TempDir()}, args...))
	return code, out.String(), errs.String()
}

func TestDataList(t *testing.T) {
	code, out, _ := execute(t, "data", "list", "--json", "--dir", t.TempDir())
	var list []ListedDataset
	if err := json.Unmarshal([]byte(out), &list); err != nil || code != 0 {
		t.Fatalf("code %d: %v", code, err)
	}
	names := map[string]ListedDataset{}
	for _, d := range list {
		names[d.Name] = d
	}
	for _, want := range []string{
		"haxby2001", "kriegeskorte2008", "shen2019", "shen2019-fmriprep", "ds001506", "horikawa2017", "ds001246",
		"things-eeg2", "things49", "cornet-s", "realnet-fmri", "shen2019-stimuli",
	} {
		if d, ok := names[want]; !ok || d.Licence == "" || d.Count == 0 || d.Here != 0 {
			t.Errorf("%s: %+v", want, d)
		}
	}
	if code, _, errs := execute(t, "data", "list", "haxby", "--dir", t.TempDir()); code != ExitUsage || !strings.Contains(errs, "haxby2001") {
		t.Errorf("unknown dataset: code %d, %s", code, errs)
	}
}

func TestDataVerify(t *testing.T) {
	real := realdata.Path(t, "kriegeskorte2008")
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "kriegeskorte2008"), os.DirFS(real)); err != nil {
		t.Fatal(err)
	}
	if code, out, _ := execute(t, "data", "verify", "--dir", dir); code != 0 || !strings.Contains(out, "2 whole") {
		t.Errorf("code %d: %s", code, out)
	}
	path := filepath.Join(dir, "kriegeskorte2008", "92_brainRDMs.mat")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text[1000] ^= 1
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := execute(t, "data", "verify", "--dir", dir); code != ExitFailed || !strings.Contains(errs, "92_brainRDMs.mat") || !strings.Contains(errs, "SHA-256") {
		t.Errorf("code %d: %s", code, errs)
	}
}

func TestDataFetchByHand(t *testing.T) {
	code, _, errs := execute(t, "data", "fetch", "realnet-fmri", "--dir", t.TempDir())
	if code != ExitFailed || !strings.Contains(errs, "drive.google.com") {
		t.Errorf("code %d: %s", code, errs)
	}
	if code, _, errs := execute(t, "data", "fetch", "haxby2001", "--files", "*.zip", "--dir", t.TempDir()); code != ExitUsage || !strings.Contains(errs, "*.zip") {
		t.Errorf("code %d: %s", code, errs)
	}
}

func TestDataInspect(t *testing.T) {
	code, out, _ := execute(t, "data", "inspect", "--json", realdata.Path(t, "bdata", "sample_vmap.h5"))
	var report struct {
		Format string
		Arrays []struct {
			Name  string
			Shape []int
		}
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil || code != 0 || report.Format != "hdf5" {
		t.Fatalf("code %d, format %q: %v", code, report.Format, err)
	}
	shapes := map[string]int{}
	for _, a := range report.Arrays {
		shapes[a.Name] = len(a.Shape)
	}
	if shapes["dataset"] != 2 || shapes["metadata/value"] != 2 {
		t.Errorf("arrays %v", shapes)
	}
	if code, _, _ := execute(t, "data", "inspect", "no such file"); code != ExitUsage {
		t.Errorf("missing file: code %d", code)
	}
}

// What an array is refused for is said beside the others, and damage names its file.
func TestDataInspectSaysWhatIsNotRead(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x.npz")
	var packed bytes.Buffer
	z := zip.NewWriter(&packed)
	for name, header := range map[string]string{"a.npy": "'<f8'", "b.npy": "'<c16'"} {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprintf("{'descr': %s, 'fortran_order': False, 'shape': (1,), }", header)
		text += strings.Repeat(" ", 117-len(text)) + "\n"
		value := make([]byte, 16)
		if name == "a.npy" {
			value = []byte{0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x40}
		}
		fmt.Fprintf(w, "\x93NUMPY\x01\x00%c\x00%s%s", len(text), text, value)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, packed.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, errs := execute(t, "data", "inspect", path)
	if code != 0 || !strings.Contains(out, "\nb is not read: ") || strings.Contains(out, "\na is not read") {
		t.Errorf("code %d: %s%s", code, out, errs)
	}

	broken := bytes.Replace(packed.Bytes(), []byte{0x33, 0x44, 0x55}, []byte{0x33, 0x45, 0x55}, 1)
	if err := os.WriteFile(path, broken, 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := execute(t, "data", "inspect", path); code != ExitFailed || !strings.Contains(errs, path) || !strings.Contains(errs, "checksum") {
		t.Errorf("a flipped bit: code %d: %s", code, errs)
	}
}
