package network

import (
	"testing"

	"realnet/model"
	"realnet/stages/stage"
)

// Only a narrow network runs side by side with others; one of full size keeps the machine
// and the memory that it asked for.
func TestNarrowNetworksShareCores(t *testing.T) {
	full := stage.Need{Memory: 4 << 30}
	if got := needOf(full, model.CORnetS()); got != full {
		t.Errorf("full size needs %+v, want %+v", got, full)
	}
	if got, want := needOf(full, model.Narrow(12, 128)), (stage.Need{Memory: 1 << 30, Shares: true}); got != want {
		t.Errorf("narrow needs %+v, want %+v", got, want)
	}
	if got, err := NeedOf(full, nil); got != full || err != nil {
		t.Errorf("without weights: %+v, %v", got, err)
	}
}
