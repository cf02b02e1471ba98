package parallel

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestRunCallsEveryTaskOnce(t *testing.T) {
	for _, workers := range []int{0, 1, 3, 100} {
		var calls [57]atomic.Int32
		if err := Run(t.Context(), workers, len(calls), func(_, i int) error { calls[i].Add(1); return nil }); err != nil {
			t.Fatal(err)
		}
		for i := range calls {
			if n := calls[i].Load(); n != 1 {
				t.Errorf("%d workers: task %d ran %d times", workers, i, n)
			}
		}
	}
}

func TestRunReturnsTheFirstErrorByIndex(t *testing.T) {
	for range 50 {
		err := Run(t.Context(), 4, 100, func(_, i int) error {
			if i >= 7 {
				return fmt.Errorf("task %d", i)
			}
			time.Sleep(time.Microsecond)
			return nil
		})
		if err == nil || err.Error() != "task 7" {
			t.Fatalf("got %v, want that of task 7", err)
		}
	}
}

func TestRunTurnsAPanicIntoAnError(t *testing.T) {
	for _, workers := range []int{1, 2} {
		err := Run(t.Context(), workers, 10, func(_, i int) error {
			if i == 3 {
				panic("index out of range")
			}
			return nil
		})
		if !errors.Is(err, ErrPanic) || !strings.Contains(err.Error(), "task 3: index out of range") {
			t.Errorf("%d workers: %v", workers, err)
		}
	}
}

func TestRunStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var ran atomic.Int32
	err := Run(ctx, 2, 1_000_000, func(_, i int) error {
		if ran.Add(1) == 10 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if n := ran.Load(); n > 20 {
		t.Errorf("%d tasks ran after the end of the context", n)
	}
}
