package step

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Words are those that sh would make of the same text.
func TestCommandWords(t *testing.T) {
	for text, want := range map[string][]string{
		"":                    nil,
		" \t\n":               nil,
		"./a b":               {"./a", "b"},
		"'./my dir/p' -x":     {"./my dir/p", "-x"},
		`"./my dir/p" "a\"b"`: {"./my dir/p", `a"b`},
		`./my\ dir/p a\\b`:    {"./my dir/p", `a\b`},
		`a'b c'd ''`:          {"ab cd", ""},
		`'a\b'`:               {`a\b`},
	} {
		got, err := commandWords(text)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v, want %q", text, got, err, want)
		}
	}
	for _, text := range []string{"'a", `"a`, `a\`} {
		if got, err := commandWords(text); err == nil {
			t.Errorf("%s: %q", text, got)
		}
	}
}

func TestParseSwapTakesPathsWithSpaces(t *testing.T) {
	file := filepath.Join(t.TempDir(), "my dir", "it's a program")
	if err := os.Mkdir(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for text, args := range map[string][]string{
		"rdm=" + file:                     nil,
		`rdm="` + file + `"`:              nil,
		`rdm="` + file + `" --fast 'x y'`: {"--fast", "x y"},
	} {
		name, p, err := ParseSwap(text)
		if err != nil || name != "rdm" || !slices.Equal(p.Command, append([]string{file}, args...)) {
			t.Errorf("%s: %s %q %v", text, name, p.Command, err)
		}
	}
}
