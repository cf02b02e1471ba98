package labels

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestRead(t *testing.T) {
	want := Table{{1, "V1"}, {2, "V2 ventral"}, {1001, "V1"}}
	for name, text := range map[string]string{
		"bids.tsv":  "index\tname\tcolor\n1\tV1\t#ff0000\n2\tV2 ventral\t\n1001\tV1\t\n",
		"other.csv": "\xef\xbb\xbfname,value\r\n\"V1\",1\r\nV2 ventral,2\r\nV1,1001\r\n",
		"bare.tsv":  "1\tV1\n2\tV2 ventral\n\n1001\tV1\n",
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := Read(path)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v, want %v", name, got, err, want)
		}
	}
	// FreeSurferColorLUT.txt: numbers, name, red, green, blue, alpha.
	lut, err := parse([]byte("#No. Label Name:     R   G   B   A\n\n0   Unknown   0   0   0   0\n1021 ctx-lh-pericalcarine  120 100  60 0\n2021\tctx-rh-pericalcarine\t120 100 60 0\n"))
	if err != nil || len(lut) != 3 || !slices.Equal(lut.Values("ctx-lh-pericalcarine"), []int{1021}) {
		t.Errorf("colour table: %v, %v", lut, err)
	}
	if got := want.Values("V1"); !slices.Equal(got, []int{1, 1001}) {
		t.Errorf("values of V1: %v", got)
	}
	if got := want.Names(); !slices.Equal(got, []string{"V1", "V2 ventral"}) {
		t.Errorf("names: %v", got)
	}
	for _, text := range []string{"", "# none\n", "a\tb\n1\tx\n", "index\tname\nx\ty\n", "1 V1\n2\n", "1.5 x\n"} {
		if got, err := parse([]byte(text)); !errors.Is(err, ErrTable) {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("index\tname\n1\tV1\n"))
	f.Add([]byte("1 a 0 0 0 0\n"))
	f.Add([]byte("\f"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if table, err := parse(raw); err == nil && len(table) == 0 {
			t.Fatal("an empty table without an error")
		}
	})
}
