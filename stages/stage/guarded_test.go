package stage

import (
	"errors"
	"testing"
)

func TestGuarded(t *testing.T) {
	if err := Guarded(func() error { panic("broken") })(); !errors.Is(err, ErrPanic) {
		t.Errorf("a panic became %v", err)
	}
	if err := Guarded(func() error { return ErrPanic })(); !errors.Is(err, ErrPanic) {
		t.Errorf("an error became %v", err)
	}
	if err := Guarded(func() error { return nil })(); err != nil {
		t.Error(err)
	}
}
