package catalogue

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/sourcegraph/conc/pool"
)

// Errors of the package.
var (
	// ErrRequest is returned when a file cannot be downloaded but must be asked for
	// or taken from a web page; the message says how.
	ErrRequest = errors.New("the file must be downloaded manually")

	// ErrMismatch is returned when a file is not what the catalogue, the record of
	// an earlier download, or the server itself says: size or digest differ.
	ErrMismatch = errors.New("the file is not the one expected")

	// ErrIncomplete is returned when a download did not come to its end after all
	// attempts. What came is kept: the next Fetch resumes there.
	ErrIncomplete = errors.New("download incomplete")
)

// Options of Fetch. The zero value means the default of each.
type Options struct {
	// Progress gets the bytes done, the bytes in all (0 when not known) and the
	// file at hand. It is called from several goroutines, one at a time.
	Progress func(done, total int64, note string)
	Parallel int           // files at a time; 4
	Attempts int           // attempts in a row that bring nothing before giving up; 6
	Wait     time.Duration // before the second attempt, doubled with each; 1 s
	Stall    time.Duration // without a byte until the attempt is given up; 60 s
	Client   *http.Client  // http.DefaultClient
}

// DefaultOptions are the defaults.
func DefaultOptions() Options {
	return Options{
		Progress: func(int64, int64, string) {}, Parallel: 4, Attempts: 6, Wait: time.Second, Stall: time.Minute,
		Client: http.DefaultClient,
	}
}

func (o Options) withDefaults() Options {
	d := DefaultOptions()
	if o.Progress == nil {
		o.Progress = d.Progress
	}
	if o.Parallel <= 0 {
		o.Parallel = d.Parallel
	}
	if o.Attempts <= 0 {
		o.Attempts = d.Attempts
	}
	if o.Wait <= 0 {
		o.Wait = d.Wait
	}
	if o.Stall <= 0 {
		o.Stall = d.Stall
	}
	if o.Client == nil {
		o.Client = d.Client
	}
	return o
}

// Fetch brings files of a dataset into dir. Files that are there and right are
// left as they are; those that an earlier Fetch brought and that are wrong now are
// downloaded again, and a wrong one from elsewhere is ErrMismatch: it may be a user's own. Files
// that must be downloaded manually fail with ErrRequest before anything is downloaded,
// unless they are there. Every file is tried; the first errors are returned, the others
// counted.
func Fetch(ctx context.Context, d Dataset, files []File, dir string, o Options) error {
	o = o.withDefaults()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	record, err := readRecord(dir)
	if err != nil {
		return err
	}
	var todo []File
	var byHand []string
	m := &meter{report: o.Progress}
	for _, f := range files {
		if err := checkPath(f.Path); err != nil {
			return err
		}
		if f.URL == "" {
			if there, err := List(dir, []string{f.Path}); err != nil || len(there) == 0 {
				byHand = append(byHand, f.Path)
			}
			continue
		}
		todo = append(todo, f)
		if f.Size == 0 {
			m.unknown = true
		}
		m.total += f.Size
	}
	if len(byHand) > 0 {
		return fmt.Errorf("%s: %w: put into %s: %s\n%s", d.Name, ErrRequest, dir, shorten(byHand), d.HowToGet())
	}
	var mu sync.Mutex
	var failed []error
	group := pool.New().WithMaxGoroutines(o.Parallel).WithErrors().WithFirstError()
	for _, f := range todo {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := fetchFile(ctx, f, dir, record, o, m); err != nil {
				mu.Lock()
				defer mu.Unlock()
				failed = append(failed, fmt.Errorf("%s: %w", f.Path, err))
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	const shown = 3
	if more := len(failed) - shown; more > 0 {
		failed = append(failed[:shown], fmt.Errorf("and %d more files", more))
	}
	return errors.Join(failed...)
}

// fetchFile brings one file, unless it is there. A file about which nothing is known
// and that is there is taken for right: its digest is recorded from now on.
func fetchFile(ctx context.Context, f File, dir string, record *record, o Options, m *meter) error {
	want := record.complete(f)
	sum, err := check(ctx, filepath.Join(dir, filepath.FromSlash(f.Path)), want)
	switch {
	case err == nil:
		m.add(sum.Size, f.Path)
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, ErrMismatch) && !record.has(f.Path):
		return fmt.Errorf("%w, and not of a download of ours: move it away to have the published one", err)
	default:
		if sum, err = download(ctx, want, dir, o, m); err != nil {
			return err
		}
	}
	return record.add(f.Path, sum)
}

// checkPath refuses a path that leaves the dataset's folder.
func checkPath(p string) error {
	if !filepath.IsLocal(filepath.FromSlash(p)) || strings.Contains(p, "\\") {
		return fmt.Errorf("catalogue: path %q is not within the dataset", p)
	}
	return nil
}

func shorten(names []string) string {
	if len(names) > 6 {
		return strings.Join(names[:6], ", ") + fmt.Sprintf(" and %d more", len(names)-6)
	}
	return strings.Join(names, ", ")
}

// meter adds up progress.
type meter struct {
	mu          sync.Mutex
	report      func(done, total int64, note string)
	done, total int64
	unknown     bool // some sizes are not known, so total is not either
	last        time.Time
}

func (m *meter) add(n int64, note string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.done += n
	if time.Since(m.last) < 100*time.Millisecond && m.done != m.total {
		return
	}
	m.last = time.Now()
	total := m.total
	if m.unknown {
		total = 0
	}
	m.report(m.done, total, note)
}
