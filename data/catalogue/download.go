package catalogue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// part is a file under way: NAME.part, and beside it NAME.tag.part with the
// server's validator, so that a later process resumes the same version.
type part struct {
	file *os.File
	hash *Hash // of all bytes in file
	tag  tag
}

// tag identifies one version of a file on its server.
type tag struct {
	URL          string `json:"url"`
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"last_modified,omitempty"`
}

// validator is what If-Range takes: a strong ETag, else the date; "" when the
// server gave neither, and then a part is not resumed.
func (t tag) validator() string {
	if t.ETag != "" && !strings.HasPrefix(t.ETag, "W/") {
		return t.ETag
	}
	return t.LastModified
}

// transient is an error after which another attempt makes sense. after is how
// long the server asked to wait.
type transient struct {
	error
	after time.Duration
}

func (t transient) Unwrap() error { return t.error }

// download brings a file to its final name and returns its digests.
func download(ctx context.Context, f File, dir string, o Options, m *meter) (Sum, error) {
	path := filepath.Join(dir, filepath.FromSlash(f.Path))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return Sum{}, err
	}
	p, err := openPart(ctx, path+PartSuffix, f)
	if err != nil {
		return Sum{}, err
	}
	defer p.file.Close()
	counted := p.hash.n
	m.add(counted, f.Path)
	count := func() {
		m.add(p.hash.n-counted, f.Path)
		counted = p.hash.n
	}
	again := false // a wrong digest is forgiven once: the part may be of an older attempt
	best, versions := p.hash.n, 0
	for failures := 0; ; {
		version := p.tag
		err := p.attempt(ctx, f, o, count)
		count()
		if err == nil {
			if err = f.Check(p.hash.Sum()); err == nil {
				return p.hash.Sum(), p.finish(path)
			}
			if rerr := p.restart(tag{}); rerr != nil {
				return Sum{}, rerr
			}
			count()
			if again {
				return Sum{}, fmt.Errorf("%s: %w", f.URL, err)
			}
			again = true
			continue
		}
		var t transient
		if ctx.Err() != nil {
			return Sum{}, ctx.Err()
		}
		if !errors.As(err, &t) {
			return Sum{}, fmt.Errorf("%s: %w", f.URL, err)
		}
		if p.tag != version && versions < o.Attempts {
			best, versions = 0, versions+1 // another version: its bytes count anew
		}
		if failures++; p.hash.n > best {
			best, failures = p.hash.n, 1 // it moves on
		}
		if failures >= o.Attempts {
			return Sum{}, fmt.Errorf("%s: %w: %d bytes are here; %d attempts in a row brought no more, the last ended with: %w", f.URL, ErrIncomplete, p.hash.n, failures, t.error)
		}
		if err := sleep(ctx, max(backoff(o.Wait, failures), t.after)); err != nil {
			return Sum{}, err
		}
	}
}

func tagName(part string) string { return strings.TrimSuffix(part, PartSuffix) + ".tag" + PartSuffix }

// openPart opens the part, hashes what an earlier process left in it, and drops
// that when its version is not known.
func openPart(ctx context.Context, name string, f File) (*part, error) {
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		file.Close()
		return nil, fmt.Errorf("%s: another process is downloading it: %w", name, err)
	}
	p := &part{file: file, hash: NewHash()}
	text, err := os.ReadFile(tagName(name))
	if err == nil && json.Unmarshal(text, &p.tag) == nil && p.tag.URL == f.URL && p.tag.validator() != "" {
		if _, err := io.Copy(p.hash, Interruptible(ctx, file)); err != nil {
			file.Close()
			return nil, err
		}
		return p, nil
	}
	if err := p.restart(tag{}); err != nil {
		file.Close()
		return nil, err
	}
	return p, nil
}

// restart empties the part and says which version it will hold.
func (p *part) restart(t tag) error {
	p.hash, p.tag = NewHash(), t
	if _, err := p.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if err := p.file.Truncate(0); err != nil {
		return err
	}
	text, err := json.Marshal(t)
	if err != nil {
		return err
	}
	return os.WriteFile(tagName(p.file.Name()), text, 0o644)
}

// finish gives the whole file its name.
func (p *part) finish(path string) error {
	if err := p.file.Sync(); err != nil {
		return err
	}
	if err := p.file.Close(); err != nil {
		return err
	}
	if err := os.Rename(p.file.Name(), path); err != nil {
		return err
	}
	return os.Remove(tagName(p.file.Name()))
}

// attempt makes one request and appends what it brings. nil means that the server
// said the file is at its end.
func (p *part) attempt(ctx context.Context, f File, o Options, count func()) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(o.Stall, func() { cancel(errStalled) })
	defer watch.Stop()

	from := p.hash.n
	if f.Size > 0 && from == f.Size {
		return nil
	}
	if f.Size > 0 && from > f.Size || from > 0 && p.tag.validator() == "" {
		if err := p.restart(tag{}); err != nil {
			return err
		}
		from = 0
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.URL, nil)
	if err != nil {
		return err
	}
	req.Header.Set("User-Agent", "realnet")
	req.Header.Set("Accept-Encoding", "identity") // a length that counts, and bytes as they are
	if from > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", from))
		req.Header.Set("If-Range", p.tag.validator())
	}
	resp, err := o.Client.Do(req)
	if err != nil {
		return transient{error: stallOr(ctx, err)}
	}
	defer resp.Body.Close()
	length, err := p.begin(resp, f)
	if errors.Is(err, errWhole) {
		return nil
	}
	if err != nil {
		return err
	}
	buf := make([]byte, 256<<10)
	got := int64(0)
	for {
		watch.Reset(o.Stall)
		n, err := resp.Body.Read(buf)
		if n > 0 {
			if f.Size > 0 && p.hash.n+int64(n) > f.Size {
				return errors.Join(p.restart(tag{}), fmt.Errorf("%w: the server sends more than %d bytes", ErrMismatch, f.Size))
			}
			if _, err := p.file.Write(buf[:n]); err != nil {
				return err
			}
			_, _ = p.hash.Write(buf[:n]) // never fails
			got += int64(n)
			count()
		}
		switch {
		case err == io.EOF && length >= 0 && got < length:
			return transient{error: fmt.Errorf("%w after %d of %d bytes", io.ErrUnexpectedEOF, got, length)}
		case err == io.EOF && f.Size > 0 && p.hash.n < f.Size:
			return transient{error: fmt.Errorf("the server ended after %d of %d bytes", p.hash.n, f.Size)}
		case err == io.EOF:
			return nil
		case err != nil:
			return transient{error: stallOr(ctx, err)}
		}
	}
}

// begin looks at the answer's head, brings the part to the answer's first byte,
// and returns the number of bytes to come, -1 when the server does not say.
func (p *part) begin(resp *http.Response, f File) (int64, error) {
	version := tag{URL: f.URL, ETag: resp.Header.Get("ETag"), LastModified: resp.Header.Get("Last-Modified")}
	switch code := resp.StatusCode; {
	case code == http.StatusPartialContent:
		from, total, err := contentRange(resp.Header.Get("Content-Range"))
		if err != nil || from != p.hash.n || version.validator() != p.tag.validator() {
			// Not what was asked for: nothing of it can be trusted to fit.
			return 0, errors.Join(p.restart(tag{}), transient{error: fmt.Errorf("the server answers a request for bytes from %d with %q", p.hash.n, resp.Header.Get("Content-Range"))})
		}
		if f.Size > 0 && total >= 0 && total != f.Size {
			return 0, errors.Join(p.restart(tag{}), fmt.Errorf("%w: the server has %d bytes, want %d", ErrMismatch, total, f.Size))
		}
		if total >= 0 {
			return total - from, nil
		}
		return resp.ContentLength, nil
	case code == http.StatusOK && strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") && !strings.HasSuffix(f.Path, ".html"):
		return 0, fmt.Errorf("%w: the server sends a web page in place of the file", ErrMismatch)
	case code == http.StatusOK:
		// The whole file: the first request, another version, or no Range here.
		return resp.ContentLength, p.restart(version)
	case code == http.StatusRequestedRangeNotSatisfiable:
		// If-Range held, so this is our version; when it ends where the part ends, all is here.
		if _, all, ok := strings.Cut(resp.Header.Get("Content-Range"), "*/"); ok && all == strconv.FormatInt(p.hash.n, 10) {
			return 0, errWhole
		}
		return 0, errors.Join(p.restart(tag{}), transient{error: errors.New("the server does not have the range (416)")})
	case code == http.StatusTooManyRequests, code == http.StatusRequestTimeout, code >= 500:
		return 0, transient{fmt.Errorf("the server answers %s", resp.Status), retryAfter(resp.Header.Get("Retry-After"))}
	default:
		return 0, fmt.Errorf("the server answers %s", resp.Status)
	}
}

// contentRange reads "bytes 10-99/100"; total is -1 for "*".
func contentRange(s string) (from, total int64, err error) {
	span, all, ok := strings.Cut(strings.TrimPrefix(s, "bytes "), "/")
	first, _, ok2 := strings.Cut(span, "-")
	if !ok || !ok2 {
		return 0, 0, fmt.Errorf("Content-Range %q", s)
	}
	if from, err = strconv.ParseInt(first, 10, 64); err != nil {
		return 0, 0, err
	}
	if all == "*" {
		return from, -1, nil
	}
	total, err = strconv.ParseInt(all, 10, 64)
	return from, total, err
}

var (
	errStalled = errors.New("no byte came for too long")
	errWhole   = errors.New("the part is the whole file")
)

// stallOr names the stall when that is why the request ended.
func stallOr(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), errStalled) {
		return errStalled
	}
	return err
}

// maxWait bounds the wait between attempts, whatever a server asks for.
const maxWait = 2 * time.Minute

func retryAfter(s string) time.Duration {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0
	}
	return min(time.Duration(n)*time.Second, maxWait)
}

// backoff doubles with each failure; a random half of it keeps many downloads from
// coming back together.
func backoff(wait time.Duration, failures int) time.Duration {
	d := min(wait<<min(failures-1, 16), maxWait)
	return d/2 + rand.N(d/2+1)
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
