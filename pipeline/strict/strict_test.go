package strict

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type inner struct {
	Beta  float64  `json:"beta"`
	Mode  string   `json:"mode"`
	Live  bool     `json:"live"`
	Folds []string `json:"folds"`
}

type file struct {
	Study    string           `json:"study"`
	Seed     uint64           `json:"seed"`
	Subjects []string         `json:"subjects"`
	Train    inner            `json:"train"`
	Variants []inner          `json:"variants"`
	Sizes    map[string]int   `json:"sizes"`
	Sub      map[string]inner `json:"sub"`
}

func TestUnmarshalLaysOverDefaults(t *testing.T) {
	got := file{Seed: 7, Train: inner{Beta: 1, Mode: "live"}}
	text := "study: haxby\nsubjects: [01, 2, x]\ntrain:\n  beta: 10\nvariants:\n  - {beta: 0}\n  - {beta: 1e2, live: on}\nsizes: {a: 3}\n"
	set := []Override{{"variants.1.beta", "5"}, {"train.mode", "none"}, {"sizes.b", "4"}, {"subjects", "[03]"}, {"sub.x.beta", "2"}}
	if err := Unmarshal("s.yaml", []byte(text), set, &got); err != nil {
		t.Fatal(err)
	}
	want := file{
		Study: "haxby", Seed: 7, Subjects: []string{"03"}, Train: inner{Beta: 10, Mode: "none"},
		Variants: []inner{{}, {Beta: 5, Live: true}}, Sizes: map[string]int{"a": 3, "b": 4}, Sub: map[string]inner{"x": {Beta: 2}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatal(d)
	}
}

func TestFaultsSayWhereAndWhat(t *testing.T) {
	cases := []struct{ name, text, set, want string }{
		{"unknown field", "study: a\nsede: 1\n", "", `s.yaml:2:1: sede: unknown field: did you mean "seed"?`},
		{"nested", "train:\n  bta: 1\n", "", `s.yaml:2:3: train.bta: unknown field: did you mean "beta"?`},
		{"far from all", "zzzzzzzz: 1\n", "", "(fields: study, seed,"},
		{"wrong type", "seed: many\n", "", `s.yaml:1:7: seed: got "many", want a whole number, 0 or more`},
		{"negative", "seed: -1\n", "", "want a whole number, 0 or more"},
		{"octal trap", "seed: 012\n", "", "want a whole number"},
		{"list for text", "study: [a]\n", "", "got a list, want a text"},
		{"text for list", "subjects: a\n", "", "want a list"},
		{"bool", "train: {live: yes}\n", "", "want true or false"},
		{"twice", "seed: 1\nseed: 2\n", "", "s.yaml:2:1"},
		{"syntax", "train: {beta: 1\n", "", "s.yaml:1"},
		{"brackets", "study: a\nsubjects: " + strings.Repeat("[", 100_000), "", "s.yaml:2:511: more than 500 brackets"},
		{"two documents", "seed: 1\n---\nseed: 2\n", "", "second document"},
		{"set unknown", "", "train.bta=1", `--set: train.bta: unknown field "bta": did you mean "beta"?`},
		{"set wrong type", "", "seed=x", `seed: got "x"`},
		{"set index", "", "variants.3.beta=1", "not an index"},
		{"set too deep", "", "seed.x=1", "has no fields"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var set []Override
			if c.set != "" {
				o, err := ParseOverride(c.set)
				if err != nil {
					t.Fatal(err)
				}
				set = append(set, o)
			}
			var got file
			err := Unmarshal("s.yaml", []byte(c.text), set, &got)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %q", err, c.want)
			}
		})
	}
}

// Lists that a caller split at commas are put together again.
func TestOverridesThatWereSplitAtCommas(t *testing.T) {
	got, err := ParseOverrides([]string{"subjects=[01", "02", "x]", "variants=[{name: a", "beta: 1}", "{name: 'b]'", "beta: 2}]", "seed=1"})
	if err != nil {
		t.Fatal(err)
	}
	want := []Override{{"subjects", "[01,02,x]"}, {"variants", "[{name: a,beta: 1},{name: 'b]',beta: 2}]"}, {"seed", "1"}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if _, err := ParseOverrides([]string{"seed=1", "V4]"}); err == nil {
		t.Error("a value without a key was taken")
	}
}

func FuzzUnmarshal(f *testing.F) {
	f.Add("study: a\nvariants: [{beta: 1}]\n", "train.beta=2")
	f.Add("a: &x 1\nb: *x\n", "x")
	f.Fuzz(func(_ *testing.T, text, set string) {
		var got file
		var list []Override
		if o, err := ParseOverride(set); err == nil {
			list = append(list, o)
		}
		_ = Unmarshal("s.yaml", []byte(text), list, &got) // must not panic
	})
}
