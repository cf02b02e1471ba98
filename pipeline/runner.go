package pipeline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"realnet/artifacts"
	"realnet/artifacts/schemas/dataset"
	"realnet/pipeline/identity"
	"realnet/pipeline/step"
	"realnet/stages"
	"realnet/stages/stage"
)

// Runner walks plans. Its zero value is not usable: Registry, Code, Store and
// Executor are required. A Runner may be used by one goroutine at a time.
type Runner struct {
	Registry stages.Registry
	Code     *identity.Sources
	Store    *artifacts.Store
	Executor Executor
	Swaps    map[string]step.Program // by stage
	Jobs     int                     // cores to keep busy; 0: all
	Memory   int64                   // bytes that running stages may need together; 0: what is free
	Cached   bool                    // run nothing: every artifact must be in the store
	Only     string                  // run nodes of this stage alone; its inputs must be cached
	Failures map[string]string       // by node: how a node ended that was run elsewhere; it is reported and not run again
	Log      zerolog.Logger
	Events   func(Event) // called from one goroutine at a time; may be nil
}

// Phase is what happened to a node.
type Phase string

// The phases of a node.
const (
	Started  Phase = "started"
	Progress Phase = "progress"
	Done     Phase = "done"    // made now
	Cached   Phase = "cached"  // was in the store
	Failed   Phase = "failed"  // its own error
	Skipped  Phase = "skipped" // an input failed
)

// Event tells a watcher what happens to a node.
type Event struct {
	Node   string
	Phase  Phase
	Reason string // why it runs
	Err    error
	Wall   time.Duration
	Work   [2]int64 // done, total
	Note   string
}

// Outcome is a node and what became of it: what run.json records of a node.
type Outcome struct {
	Node
	Phase    Phase               `json:"phase"`
	Reason   string              `json:"reason,omitempty"` // why it ran
	Digest   artifacts.Digest    `json:"digest,omitempty"`
	Wall     float64             `json:"wall_s"` // of its own run, without waiting for cores
	Error    string              `json:"error,omitempty"`
	Err      error               `json:"-"`
	Artifact *artifacts.Artifact `json:"-"`
}

// Run brings every node of the plan to an artifact. It returns the outcomes in
// the order of the plan, complete even when some failed; the error joins the
// failures, or is the context's when the run was interrupted.
func (r *Runner) Run(ctx context.Context, plan *Plan) ([]Outcome, error) {
	for name := range r.Swaps {
		if _, ok := r.Registry.Get(name); !ok {
			return nil, fmt.Errorf("--swap: %w %q%s", ErrUnknownStage, name, didYouMean(name, r.Registry.Names()))
		}
	}
	w := &walk{
		Runner: r, plan: plan, memory: newHistory(r.Store.Dir(), plan.Study), results: make(chan int),
		out: make([]Outcome, len(plan.Nodes)), waits: make([]int, len(plan.Nodes)), users: make([][]int, len(plan.Nodes)),
	}
	w.room = newRoom(step.Cores(r.Jobs), r.memoryLimit())
	err := w.run(ctx)
	if herr := w.memory.save(); herr != nil && err == nil {
		err = herr
	}
	return w.out, err
}

func (r *Runner) memoryLimit() int64 {
	if r.Memory > 0 {
		return r.Memory
	}
	return freeMemory() * 9 / 10
}

// walk is the state of one run. The coordinating goroutine owns everything but
// out[i], which belongs to the goroutine of node i until it reports on results.
type walk struct {
	*Runner
	plan    *Plan
	memory  *history
	room    *room
	results chan int
	out     []Outcome
	waits   []int   // inputs not finished yet, by node
	users   [][]int // nodes that use a node, by node
	mu      sync.Mutex
}

func (w *walk) event(e Event) {
	if w.Events == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.Events(e)
}

func (w *walk) run(ctx context.Context) error {
	var ready []int
	for i, n := range w.plan.Nodes {
		w.out[i].Node = n
		for _, in := range n.In {
			if in.Node != "" {
				at := w.plan.index[in.Node]
				w.users[at] = append(w.users[at], i)
				w.waits[i]++
			}
		}
		if w.waits[i] == 0 {
			ready = append(ready, i)
		}
	}
	running := 0
	for len(ready) > 0 || running > 0 {
		for _, i := range ready {
			running++
			arrived := w.room.expect()
			go func() {
				defer arrived()
				w.node(ctx, i, arrived)
				w.results <- i
			}()
		}
		i := <-w.results
		running--
		ready = w.settle(i)
	}
	return w.verdict(ctx)
}

// settle records that node i ended and returns the nodes that became ready.
func (w *walk) settle(i int) (ready []int) {
	for _, u := range w.users[i] {
		if w.waits[u]--; w.waits[u] == 0 {
			ready = append(ready, u)
		}
	}
	return ready
}

// ErrInputFailed marks nodes that were not run because an input failed.
var ErrInputFailed = errors.New("not run: an input failed")

func (w *walk) verdict(ctx context.Context) error {
	if ctx.Err() != nil {
		return fmt.Errorf("interrupted; what is finished is kept, run the same command to resume: %w", ctx.Err())
	}
	var errs []error
	for _, o := range w.out {
		if o.Phase == Failed {
			errs = append(errs, fmt.Errorf("%s: %w", o.ID, o.Err))
		}
	}
	return errors.Join(errs...)
}

// node finishes one node and fills its outcome.
func (w *walk) node(ctx context.Context, i int, arrived func()) {
	o := &w.out[i]
	err := w.make(ctx, o, arrived)
	switch {
	case errors.Is(err, ErrInputFailed):
		o.Phase, o.Err = Skipped, err
	case err != nil:
		o.Phase, o.Err, o.Error = Failed, err, err.Error()
	default:
		o.Digest = o.Artifact.Digest()
	}
	w.event(Event{Node: o.ID, Phase: o.Phase, Reason: o.Reason, Err: o.Err, Wall: time.Duration(o.Wall * 1e9)})
}

// make finds or makes the artifact of a node. arrived is called when it asks for room.
func (w *walk) make(ctx context.Context, o *Outcome, arrived func()) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	task, ingredients, err := w.task(o.Node)
	if err != nil {
		return err
	}
	find := func() (bool, error) {
		a, ok, err := w.lookup(task.Key)
		if err != nil {
			if err := w.repair(o.Node, err); err != nil {
				return false, err
			}
			o.Reason = "damaged in the store: " + err.Error()
			return false, nil
		}
		if ok {
			o.Artifact, o.Phase = a, Cached
			w.memory.record(o.ID, ingredients)
		}
		return ok, nil
	}
	if ok, err := find(); ok || err != nil {
		return err
	}
	if o.Reason == "" {
		o.Reason = w.memory.why(o.ID, ingredients)
	}
	if text, ok := w.Failures[o.ID]; ok {
		return errors.New(text)
	}
	if w.Cached {
		return fmt.Errorf("is not in the store (%s)", o.Reason)
	}
	if w.Only != "" && o.Stage != w.Only {
		return fmt.Errorf("is not in the store (%s), and --only %s does not run it: use --until %s first", o.Reason, w.Only, w.Only)
	}
	need, err := task.Stage.Need(task.Params, task.In)
	if err != nil {
		return err
	}
	remote, ok := w.Executor.(Remote)
	elsewhere := ok && remote.Elsewhere(task)
	if elsewhere {
		arrived()
	} else {
		workers, leave, err := w.room.enter(ctx, need, arrived)
		if err != nil {
			return err
		}
		defer leave()
		task.Workers = workers
	}
	unlock, err := w.Store.LockContext(ctx, task.Key)
	if err != nil {
		return err
	}
	defer unlock()
	if ok, err := find(); ok || err != nil { // another process may have made it meanwhile
		return err
	}
	task.Progress = forwards(func(done, total int64, note string) {
		w.event(Event{Node: o.ID, Phase: Progress, Work: [2]int64{done, total}, Note: note})
	})
	w.event(Event{Node: o.ID, Phase: Started, Reason: o.Reason})
	started := time.Now() // what a node waits for cores is not its own time
	o.Artifact, err = w.execute(ctx, task)
	if o.Wall = time.Since(started).Seconds(); err != nil {
		return w.withOriginals(o.Node, err)
	}
	if elsewhere {
		o.Wall = o.Artifact.Manifest().Provenance.Wall.Seconds()
	}
	o.Phase = Done
	w.memory.record(o.ID, ingredients)
	if err := os.RemoveAll(task.Scratch); err != nil {
		w.Log.Warn().Err(err).Str("node", o.ID).Msg("scratch folder stays")
	}
	return nil
}

// lookup is the store's, and takes an artifact whose provenance gives another key for none:
// an edited or mixed up memo of the store must not give one node another's numbers.
func (r *Runner) lookup(key string) (*artifacts.Artifact, bool, error) {
	a, ok, err := r.Store.Lookup(key)
	if err != nil || !ok {
		return nil, false, err
	}
	is, err := step.IngredientsOf(a.Manifest().Provenance).Key()
	if err != nil {
		return nil, false, err
	}
	if is != key {
		r.Log.Warn().Str("key", key).Str("artifact", a.Digest().Short()).Msg("the store has another node's artifact under this key; the node runs again")
		return nil, false, nil
	}
	return a, true, nil
}

// execute lets the executor run a task. A panic of the executor is an error of that
// node: it must not end what runs beside it.
func (w *walk) execute(ctx context.Context, task step.Task) (_ *artifacts.Artifact, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("executor %s: %w: %v\n%s", w.Executor.Name(), stage.ErrPanic, r, debug.Stack())
		}
	}()
	return w.Executor.Run(ctx, w.Store, task)
}

// forwards passes progress on but for reports that come late: workers report side by
// side, and what is done never becomes less. A stage that has reached its total may
// start over, with its next part.
func forwards(report func(done, total int64, note string)) func(done, total int64, note string) {
	var mu sync.Mutex
	var before [2]int64
	return func(done, total int64, note string) {
		mu.Lock()
		defer mu.Unlock()
		next := before[0] >= before[1] && done <= total/2
		if total == before[1] && done < before[0] && !next {
			return
		}
		before = [2]int64{done, total}
		report(done, total, note)
	}
}

// withOriginals says of which of the user's folders the store's files are copies,
// where a node's error names such files.
func (w *walk) withOriginals(n Node, err error) error {
	for _, in := range n.In {
		if in.Node == "" {
			continue
		}
		from := w.out[w.plan.index[in.Node]]
		copies := filepath.Join(from.Artifact.Dir(), dataset.Root)
		for _, source := range from.In {
			if e, ok := w.plan.external(source.External); ok && strings.Contains(err.Error(), copies) {
				err = fmt.Errorf("%w\n(%s holds copies of %s)", err, copies, e.Path)
			}
		}
	}
	return err
}

// repair moves a damaged artifact aside so that it is made again.
func (w *walk) repair(n Node, err error) error {
	var damage *artifacts.DamageError
	if !errors.As(err, &damage) {
		return err
	}
	w.Log.Warn().Err(err).Str("node", n.ID).Msg("damaged artifact set aside; making it again")
	if damage.Digest == "" {
		return err
	}
	return w.Store.Quarantine(damage.Digest)
}

// task collects what a node needs. All its inputs have ended.
func (w *walk) task(n Node) (step.Task, step.Ingredients, error) {
	st, _ := w.Registry.Get(n.Stage)
	ingredients, err := w.ingredients(n, st)
	if err != nil {
		return step.Task{}, ingredients, err
	}
	t := step.NewTask(st, n.Params)
	t.Node, t.Log = n.ID, w.Log.With().Str("node", n.ID).Str("stage", n.Stage).Logger()
	for _, in := range n.In {
		if in.Node == "" {
			e, _ := w.plan.external(in.External)
			t.Externals[in.Port] = e
			ingredients.Inputs[in.Port] = append(ingredients.Inputs[in.Port], artifacts.Digest(e.Digest))
			continue
		}
		from := w.out[w.plan.index[in.Node]]
		if from.Artifact == nil {
			return t, ingredients, fmt.Errorf("%w: %s", ErrInputFailed, in.Node)
		}
		t.In[in.Port] = append(t.In[in.Port], from.Artifact)
		ingredients.Inputs[in.Port] = append(ingredients.Inputs[in.Port], from.Artifact.Digest())
	}
	if p, ok := w.Swaps[n.Stage]; ok {
		t.Program = &p
	}
	if t.Key, err = ingredients.Key(); err != nil {
		return t, ingredients, err
	}
	t.Scratch = filepath.Join(w.Store.Dir(), "scratch", t.Key)
	t.Provenance = ingredients.Provenance(st)
	return t, ingredients, nil
}

// ingredients returns those of a node's ingredients that do not come from its
// inputs.
func (r *Runner) ingredients(n Node, st stage.Stage) (step.Ingredients, error) {
	if p, ok := r.Swaps[n.Stage]; ok {
		return step.NewIngredients(st, p.Digest, n.Params), nil
	}
	code, err := r.Code.Of("stages/" + n.Stage)
	return step.NewIngredients(st, code, n.Params), err
}

// CodeOf is the identity of the code of all stages in a plan, and of programs that replace
// stages: results of another code are not those that the plan would give now.
func (r *Runner) CodeOf(plan *Plan) (string, error) {
	var text strings.Builder
	for _, name := range plan.stages() {
		code := r.Swaps[name].Digest
		if code == "" {
			var err error
			if code, err = r.Code.Of("stages/" + name); err != nil {
				return "", err
			}
		}
		fmt.Fprintf(&text, "%s %s\n", name, code)
	}
	return string(artifacts.NewDigest([]byte(text.String()))), nil
}
