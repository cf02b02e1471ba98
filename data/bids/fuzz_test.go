package bids

import (
	"bytes"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// FuzzTable: what parses comes back byte for byte.
func FuzzTable(f *testing.F) {
	for _, seed := range []string{
		"onset\tduration\n1\t2\n", "onset\tduration\r\n1\t2", "\xef\xbb\xbfonset\tduration\tx\n1.5\tn/a\t\n\n",
		"\t\n\t", "onset\tduration\t\t\n1\t2\n\t\t\t\n", "onset\tduration\n1\n", "a\n\r\n", "onset\tduration\n1e400\t0x1p3\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		table, err := parseTable("x.tsv", raw)
		if err != nil {
			return
		}
		if got := table.Encode(); !bytes.Equal(got, raw) {
			t.Fatalf("%q became %q", raw, got)
		}
		if events, err := newEvents(table); err == nil && (len(events.Onset) != len(table.Rows) || len(events.Duration) != len(table.Rows)) {
			t.Fatal("an event was lost")
		}
	})
}

func FuzzMotion(f *testing.F) {
	f.Add([]byte("1 2 3\n4 5 6\n"))
	f.Add([]byte("# c\n-1e-3\t.5\r\n\n0 0"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := parseMotion("x.par", raw)
		if err == nil && (c.Volumes < 1 || len(c.Data) != c.Volumes*len(c.Names)) {
			t.Fatalf("%d volumes of %d regressors, %d values", c.Volumes, len(c.Names), len(c.Data))
		}
	})
}

func FuzzSidecar(f *testing.F) {
	f.Add([]byte(`{"RepetitionTime": 2.0, "SliceTiming": [0, 1], "TaskName": "x"}`))
	f.Add([]byte(`{"RepetitionTime": "2"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		s := Sidecar{Fields: map[string]jsontext.Value{}}
		if err := s.merge("x.json", raw); err == nil && !(s.RepetitionTime >= 0) {
			t.Fatal("a negative repetition time passed")
		}
	})
}

// FuzzName: a name that parses prints as itself.
func FuzzName(f *testing.F) {
	for _, seed := range []string{"sub-01_ses-x_task-y_run-01_bold.nii.gz", "bold.json", "sub-01_x-_bold", "a-b-c_d."} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file string) {
		n, err := ParseName(file)
		if err != nil {
			return
		}
		if again, err := ParseName(n.String()); err != nil || again.String() != n.String() {
			t.Fatalf("%q became %q, then %q (%v)", file, n, again, err)
		}
	})
}
