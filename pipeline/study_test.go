package pipeline_test

import (
	"slices"
	"testing"

	"realnet/pipeline"
	"realnet/pipeline/strict"
)

// Fewer layers need not be said again for the stages that use them; a list that is given is
// checked against them.
func TestDefaultLayersFollowActivations(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"V1, IT":  {"V1", "IT"},
		"avgpool": {"avgpool"},
	} {
		o, err := strict.ParseOverrides([]string{"activations.layers=[" + text + "]"})
		if err != nil {
			t.Fatal(err)
		}
		s, err := pipeline.LoadStudy("demo", o)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(s.Stats.Layers, want) || len(s.Dimensions.Layers) > 0 && !slices.Equal(s.Dimensions.Layers, want) {
			t.Errorf("%s: layers of stats %v, of dimensions %v", text, s.Stats.Layers, s.Dimensions.Layers)
		}
	}
}
