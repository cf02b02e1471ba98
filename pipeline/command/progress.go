package command

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"realnet/pipeline"
)

// progress shows a run: one rewritten line on a terminal, log lines otherwise.
type progress struct {
	app     *App
	total   int
	mu      sync.Mutex
	done    int
	running map[string]pipeline.Event
	order   []string // of running, as they started
	drawn   time.Time
	logged  map[string]time.Time
}

func newProgress(a *App, plan *pipeline.Plan) *progress {
	return &progress{app: a, total: len(plan.Nodes), running: map[string]pipeline.Event{}, logged: map[string]time.Time{}}
}

func (p *progress) event(e pipeline.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e.Phase {
	case pipeline.Started, pipeline.Progress:
		if _, ok := p.running[e.Node]; !ok {
			p.order = append(p.order, e.Node)
		}
		p.running[e.Node] = e
	default:
		delete(p.running, e.Node)
		p.order = slices.DeleteFunc(p.order, func(n string) bool { return n == e.Node })
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
	line := fmt.Sprintf("[%d/%d]", p.done, p.total)
	for _, node := range p.order {
		r := p.running[node]
		line += " " + node
		if r.Work[1] > 0 {
			line += fmt.Sprintf(" %d%%", 100*r.Work[0]/r.Work[1])
		}
		if r.Note != "" {
			line += " " + r.Note
		}
		if len(line) > 90 {
			line = line[:90] + "..."
			break
		}
	}
	fmt.Fprint(p.app.Stderr, clear, line)
}

func (p *progress) end() {
	if p.app.Terminal && !p.app.Quiet {
		fmt.Fprint(p.app.Stderr, "\r\x1b[K")
	}
}
