package step

import (
	"encoding/json"
	"slices"
	"testing"
)

// What differs in lists of objects is named by entry and field, in full.
func TestChangedParamsOfLists(t *testing.T) {
	before := `{"variants": [{"name": "control", "beta": 0}, {"name": "aligned", "beta": 50, "layers": ["V1"]}], "models": [{"a": 1}, {"a": 2}], "rois": ["V1"], "x": []}`
	now := `{"variants": [{"name": "aligned", "beta": 10, "layers": ["V1", "V4"]}, {"name": "control", "beta": 0}, {"name": "new", "beta": 1}], "models": [{"a": 1}, {"a": 3}], "rois": ["V1", "IT"], "x": []}`
	want := []string{
		"models.1.a 2 -> 3", `rois ["V1"] -> ["V1","IT"]`, "variants.aligned.beta 50 -> 10", `variants.aligned.layers ["V1"] -> ["V1","V4"]`,
		"variants.new.beta none -> 1", `variants.new.name none -> "new"`,
	}
	if got := ChangedParams(json.RawMessage(before), json.RawMessage(now)); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
