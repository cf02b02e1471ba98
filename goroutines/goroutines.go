// Package goroutines runs work on several goroutines and brings a panic in one of
// them back to the goroutine that waits, where the runner of the stage turns it into
// that stage's error. A panic that stays in a goroutine ends the whole program,
// with all that ran beside it.
package goroutines

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"

	"golang.org/x/sync/errgroup"
)

// Panic is what Wait panics with: the value of the first panic and where it was.
type Panic struct {
	Value any
	Stack []byte
}

// String shows the value and the stack of the goroutine that panicked.
func (p *Panic) String() string { return fmt.Sprintf("%v\n%s", p.Value, p.Stack) }

// catcher keeps the first panic.
type catcher struct {
	once   sync.Once
	caught *Panic
}

// catch is deferred in every goroutine.
func (c *catcher) catch() {
	if r := recover(); r != nil {
		c.once.Do(func() {
			if p, ok := r.(*Panic); ok { // of a group within
				c.caught = p
				return
			}
			c.caught = &Panic{r, debug.Stack()}
		})
	}
}

// rethrow panics on the waiting goroutine if one of the others did.
func (c *catcher) rethrow() {
	if c.caught != nil {
		panic(c.caught)
	}
}

// WaitGroup is a sync.WaitGroup whose functions may panic. Its zero value is usable.
type WaitGroup struct {
	wait sync.WaitGroup
	catcher
}

// Go calls f in a goroutine of its own.
func (g *WaitGroup) Go(f func()) {
	g.wait.Go(func() {
		defer g.catch()
		f()
	})
}

// Wait waits for all functions, and panics with a *Panic if one of them did.
func (g *WaitGroup) Wait() {
	g.wait.Wait()
	g.rethrow()
}

// Group is an errgroup.Group whose functions may panic. Its zero value is usable.
type Group struct {
	group errgroup.Group
	from  *errgroup.Group // that of WithContext
	catcher
}

// WithContext returns a group and a context that ends with the first error or panic
// of its functions, or when Wait returns.
func WithContext(ctx context.Context) (*Group, context.Context) {
	g, ctx := errgroup.WithContext(ctx)
	return &Group{from: g}, ctx
}

func (g *Group) errors() *errgroup.Group {
	if g.from != nil {
		return g.from
	}
	return &g.group
}

// SetLimit bounds how many functions run at a time.
func (g *Group) SetLimit(n int) { g.errors().SetLimit(n) }

// Go calls f in a goroutine of its own, when the limit allows.
func (g *Group) Go(f func() error) {
	g.errors().Go(func() (err error) {
		err = errPanic // stands unless f returns
		defer g.catch()
		return f()
	})
}

// errPanic ends the context of a group in which a function panicked. Nobody sees it.
var errPanic = fmt.Errorf("panic in a goroutine")

// Wait waits for all functions and returns the first error; it panics with a *Panic
// if one of them did.
func (g *Group) Wait() error {
	err := g.errors().Wait()
	g.rethrow()
	return err
}
