package command

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"realnet/pipeline"
)

// The line of a terminal has nodes in the order of their starts, always, and no share
// that falls, though workers report out of order.
func TestProgressIsStable(t *testing.T) {
	var out bytes.Buffer
	p := newProgress(&App{Stderr: &out, Terminal: true}, &pipeline.Plan{Nodes: make([]pipeline.Node, 9)})
	nodes := []string{"zebra", "apple", "mango"}
	for _, n := range nodes {
		p.event(pipeline.Event{Node: n, Phase: pipeline.Started})
	}
	last := 0
	for i := range 100 {
		for _, n := range nodes {
			done := int64(i)
			if i%3 == 0 {
				done = int64(i / 2)
			}
			p.event(pipeline.Event{Node: n, Phase: pipeline.Progress, Work: [2]int64{done, 100}})
		}
		line := p.line()
		if z, a, m := strings.Index(line, "zebra"), strings.Index(line, "apple"), strings.Index(line, "mango"); z < 0 || z > a || a > m {
			t.Fatalf("order: %q", line)
		}
		if found := regexp.MustCompile(`zebra (\d+)%`).FindStringSubmatch(line); found != nil {
			now, err := strconv.Atoi(found[1])
			if err != nil || now < last {
				t.Fatalf("%d %% after %d %%: %q", now, last, line)
			}
			last = now
		}
	}
	if last != 98 {
		t.Errorf("ended at %d %%", last)
	}
	p.event(pipeline.Event{Node: "apple", Phase: pipeline.Done})
	if line := p.line(); !strings.HasPrefix(line, "[1/9] zebra") || strings.Contains(line, "apple") {
		t.Errorf("after apple ended: %q", line)
	}
}
