package stage

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

type inner struct {
	Depth int `json:"depth"`
}

type someParams struct {
	Size  int      `json:"size"`
	Names []string `json:"names"`
	Inner inner    `json:"inner"`
}

func TestDecodeParams(t *testing.T) {
	defaults := someParams{Size: 3, Names: []string{"a", "b"}, Inner: inner{2}}
	for _, c := range []struct{ text, fault string }{
		{`{"Size": 4}`, `unknown field "Size": did you mean "size"?`},
		{`{"inner": {"dept": 1}}`, `unknown field "dept": did you mean "depth"?`},
		{`{"size": 4, "size": 5}`, "duplicate"},
		{`{"inner": {"depth": "deep"}}`, `field "inner.depth": got a string, want int`},
		{`{"size": 1000000001}`, "size: 1000000001 is not within"},
		{`{"inner": {"depth": -9223372036854775808}}`, "inner.depth: -9223372036854775808 is not within"},
		{`{"size": 4} {}`, "after top-level value"},
	} {
		if _, err := decodeParams("s", json.RawMessage(c.text), defaults); err == nil || !strings.Contains(err.Error(), c.fault) {
			t.Errorf("%s: %v, want %q", c.text, err, c.fault)
		}
	}
	got, err := decodeParams("s", json.RawMessage(`{"names": ["c"], "inner": {}}`), defaults)
	if err != nil || got.Size != 3 || !slices.Equal(got.Names, []string{"c"}) || got.Inner.Depth != 2 {
		t.Errorf("%+v, %v", got, err)
	}
	if !slices.Equal(defaults.Names, []string{"a", "b"}) {
		t.Errorf("the defaults became %v", defaults.Names)
	}
}
