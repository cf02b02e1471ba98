package parquet

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
)

// Every file is as DuckDB wrote it, with the values that DuckDB read back
// (ci/interop/parquet). Exact.
func TestAgainstDuckDB(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "values.json"))
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]map[string][]any
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	if len(want) != 10 {
		t.Fatalf("%d files", len(want))
	}
	for name, columns := range want {
		table, err := Read(filepath.Join("testdata", name+".parquet"))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(table.Columns) != len(columns) {
			t.Errorf("%s: %d columns, want %d", name, len(table.Columns), len(columns))
		}
		for column, values := range columns {
			c, ok := table.Column(column)
			if !ok || table.Rows != len(values) {
				t.Errorf("%s: column %s: %v, %d rows of %d", name, column, ok, table.Rows, len(values))
				continue
			}
			if unread := column == "day" || column == "ragged" || name == "types_lz4"; unread != (c.Err != nil) {
				t.Errorf("%s: %s: %v", name, column, c.Err)
			} else if !unread {
				equal(t, name, c, values)
			}
		}
		if index := name == "index"; index != slices.Equal(table.Index, []string{"name"}) {
			t.Errorf("%s: index %v", name, table.Index)
		}
	}
}

func equal(t *testing.T, file string, c *Column, want []any) {
	t.Helper()
	if c.List {
		var flat []any
		for _, row := range want {
			flat = append(flat, row.([]any)...)
		}
		if c.Width != 3 {
			t.Errorf("%s: %s: lists of %d", file, c.Name, c.Width)
		}
		want = flat
	}
	if len(c.Numbers)+len(c.Texts) != len(want) {
		t.Fatalf("%s: %s: %d values, want %d", file, c.Name, len(c.Numbers)+len(c.Texts), len(want))
	}
	for i, w := range want {
		switch w := w.(type) {
		case nil:
			if c.Texts == nil && !math.IsNaN(c.Numbers[i]) || c.Texts != nil && c.Texts[i] != "" {
				t.Errorf("%s: %s[%d] is no null", file, c.Name, i)
			}
		case string:
			if c.Texts[i] != w {
				t.Errorf("%s: %s[%d] is %q, want %q", file, c.Name, i, c.Texts[i], w)
			}
		case bool:
			if (c.Numbers[i] == 1) != w {
				t.Errorf("%s: %s[%d] is %v, want %v", file, c.Name, i, c.Numbers[i], w)
			}
		case float64:
			if c.Numbers[i] != w {
				t.Errorf("%s: %s[%d] is %v, want %v", file, c.Name, i, c.Numbers[i], w)
			}
		}
	}
}

// A file that was cut off or changed in one byte is read or refused, never by a panic or
// with memory beyond its size.
func TestDamage(t *testing.T) {
	for _, name := range []string{"types_v2", "lists", "index"} {
		whole, err := os.ReadFile(filepath.Join("testdata", name+".parquet"))
		if err != nil {
			t.Fatal(err)
		}
		for n := 0; n < len(whole); n += 1 + len(whole)/100 {
			if _, err := ReadFrom(bytes.NewReader(whole[:n]), int64(n)); !errors.Is(err, ErrFormat) {
				t.Errorf("%s: the first %d bytes: %v", name, n, err)
			}
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		read := 0
		for i := range whole {
			changed := slices.Clone(whole)
			changed[i] ^= []byte{0x80, 0xff}[i%2]
			if _, err := ReadFrom(bytes.NewReader(changed), int64(len(changed))); err == nil {
				read++
			} else if !errors.Is(err, ErrFormat) {
				t.Errorf("%s: byte %d: %v", name, i, err)
			}
		}
		runtime.ReadMemStats(&after)
		if each := (after.TotalAlloc - before.TotalAlloc) / uint64(len(whole)); each > 1<<21 {
			t.Errorf("%s: %d bytes of memory for a file of %d", name, each, len(whole))
		}
		t.Logf("%s: %d of %d changed files are read", name, read, len(whole))
	}
}

// A text or list that claims more than the bytes that follow is refused before the
// library takes memory for it.
func TestClaims(t *testing.T) {
	for name, b := range map[string][]byte{
		"list of 2^31 structs": {0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07, 0x00},
		"text of 2^31 bytes":   {0x18, 0xff, 0xff, 0xff, 0xff, 0x07, 0x00},
		"nested without end":   bytes.Repeat([]byte{0x1c}, 1000),
		"unknown type":         {0x1e, 0x00},
	} {
		footer := append([]byte("PAR1"), b...)
		footer = append(footer, byte(len(b)), byte(len(b)>>8), 0, 0, 'P', 'A', 'R', '1')
		if _, err := ReadFrom(bytes.NewReader(footer), int64(len(footer))); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"types_v2", "lists", "index"} {
		b, err := os.ReadFile(filepath.Join("testdata", name+".parquet"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := ReadFrom(bytes.NewReader(b), int64(len(b))); err != nil && !errors.Is(err, ErrFormat) {
			t.Error(err)
		}
	})
}
