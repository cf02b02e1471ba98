package goroutines

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
)

// panicOf returns what f panics with.
func panicOf(f func()) (p *Panic) {
	defer func() { p, _ = recover().(*Panic) }()
	f()
	return nil
}

func explode() { panic("voxel 17") }

func TestPanicReachesTheWaiter(t *testing.T) {
	for name, f := range map[string]func(){
		"WaitGroup": func() {
			var g WaitGroup
			g.Go(explode)
			g.Go(func() {})
			g.Wait()
		},
		"Group": func() {
			var g Group
			g.SetLimit(1)
			g.Go(func() error { explode(); return nil })
			_ = g.Wait()
		},
		"a group within a group": func() {
			var g WaitGroup
			g.Go(func() {
				var in WaitGroup
				in.Go(explode)
				in.Wait()
			})
			g.Wait()
		},
	} {
		p := panicOf(f)
		if p == nil || p.Value != "voxel 17" || !strings.Contains(p.String(), "goroutines.explode") {
			t.Errorf("%s: got %v, want the value and the function that panicked", name, p)
		}
	}
}

func TestGroupEndsItsContextOnPanic(t *testing.T) {
	g, ctx := WithContext(t.Context())
	g.Go(func() error { <-ctx.Done(); return ctx.Err() })
	g.Go(func() error { explode(); return nil })
	if p := panicOf(func() { _ = g.Wait() }); p == nil {
		t.Error("no panic")
	}
}

func TestGroupReturnsTheFirstError(t *testing.T) {
	want := errors.New("first")
	g, ctx := WithContext(context.Background())
	var done atomic.Int64
	g.Go(func() error { return want })
	g.Go(func() error { <-ctx.Done(); done.Add(1); return ctx.Err() })
	if err := g.Wait(); !errors.Is(err, want) || done.Load() != 1 {
		t.Errorf("got %v with %d done", err, done.Load())
	}
}
