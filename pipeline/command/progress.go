package command

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"realnet/pipeline"
)

// progress shows a run: one rewritten line on a terminal, log lines otherwise. Nodes keep
// the order in which they started, and what is done of one never falls, in whatever
// order its workers report.
type progress struct {
	app     *App
	total   int
	mu      sync.Mutex
	done    int
	running []pipeline.Event // the last of each node
	drawn   time.Time
	logged  map[string]time.Time
}

func newProgress(a *App, plan *pipeline.Plan) *progress {
	return &progress{app: a, total: len(plan.Nodes), logged: map[string]time.Time{}}
}

// keep notes an event of a running node. It reports whether the node went forward.
func (p *progress) keep(e pipeline.Event) bool {
	i := slices.IndexFunc(p.running, func(r pipeline.Event) bool { return r.Node == e.Node })
	if i < 0 {
		p.running = append(p.running, e)
		return true
	}
	if share(e) < share(p.running[i]) {
		return false
	}
	p.running[i] = e
	return true
}

// share is how much of a node is done, 0 to 1.
func share(e pipeline.Event) float64 {
	if e.Work[1] <= 0 {
		return 0
	}
	return min(float64(e.Work[0])/float64(e.Work[1]), 1)
}

func (p *progress) event(e pipeline.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e.Phase {
	case pipeline.Started, pipeline.Progress:
		if !p.keep(e) {
			return
		}
	default:
		p.running = slices.DeleteFunc(p.running, func(r pipeline.Event) bool { return r.Node == e.Node })
		p.done++
	}
	if p.app.Quiet {
		return
	}
	if p.app.Terminal {
		p.draw(e)
		return
	}
	p.log(e)
}

func (p *progress) log(e pipeline.Event) {
	l := p.app.Log.Info().Str("node", e.Node).Str("phase", string(e.Phase))
	switch e.Phase {
	case pipeline.Progress:
		if time.Since(p.logged[e.Node]) < 10*time.Second {
			return
		}
		p.logged[e.Node] = time.Now()
		l = l.Int64("done", e.Work[0]).Int64("total", e.Work[1]).Str("note", e.Note)
	case pipeline.Started:
		p.logged[e.Node] = time.Now()
		l = l.Str("reason", e.Reason)
	case pipeline.Cached:
		l = p.app.Log.Debug().Str("node", e.Node).Str("phase", string(e.Phase))
	default:
		l = l.Float64("wall_s", e.Wall.Seconds())
		if e.Err != nil {
			l = l.Err(e.Err)
		}
	}
	l.Send()
}

// draw rewrites the line; ended nodes that ran are left standing above it.
func (p *progress) draw(e pipeline.Event) {
	const clear = "\r\x1b[K"
	switch e.Phase {
	case pipeline.Done:
		fmt.Fprintf(p.app.Stderr, "%s  %-40s %6.1f s  %s\n", clear, e.Node, e.Wall.Seconds(), e.Reason)
	case pipeline.Failed:
		fmt.Fprintf(p.app.Stderr, "%s! %-40s failed\n", clear, e.Node)
	default:
		if time.Since(p.drawn) < 100*time.Millisecond {
			return
		}
	}
	p.drawn = time.Now()
	fmt.Fprint(p.app.Stderr, clear, p.line())
}

// line is what runs now, short enough for a terminal.
func (p *progress) line() string {
	const width = 90
	line := fmt.Sprintf("[%d/%d]", p.done, p.total)
	for _, r := range p.running {
		line += " " + r.Node
		if r.Work[1] > 0 {
			line += fmt.Sprintf(" %d%%", int(100*share(r)))
		}
		if r.Note != "" {
			line += " " + r.Note
		}
	}
	if text := []rune(line); len(text) > width {
		return string(text[:width]) + "..."
	}
	return line
}

func (p *progress) end() {
	if p.app.Terminal && !p.app.Quiet {
		fmt.Fprint(p.app.Stderr, "\r\x1b[K")
	}
}
