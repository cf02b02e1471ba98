package kernel

import (
	"errors"
	"testing"
)

func TestChoose(t *testing.T) {
	old := []string{AVX2, Generic}
	for _, c := range []struct {
		forced, want string
		err          error
	}{
		{"", AVX2, nil},
		{Generic, Generic, nil},
		{AVX2, AVX2, nil},
		{AVX512, AVX512, ErrUnsupported},
		{"sse", "sse", ErrUnsupported},
	} {
		if got, err := choose(c.forced, old); got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%q: %q, %v", c.forced, got, err)
		}
	}
	t.Setenv(Environment, Generic)
	if got, err := Choose(old...); got != Generic || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}
