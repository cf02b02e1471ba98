package catalogue

import (
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// server hands out one file, as badly as its fields say.
type server struct {
	mu       sync.Mutex
	content  []byte
	etag     string
	drops    []int // byte positions of the file at which the connection is cut, once each
	stalls   []int // positions at which nothing more comes, once each
	noRange  bool
	noLength bool
	longer   int // added to Content-Length
	renew    int // after so many requests: other content under another ETag
	next     []byte
	statuses []int // answered first, one a request
	status   int   // answered to all after those, 0: the file
	page     bool
	requests []string // Range headers seen
	shift    int64    // Content-Range lies by so much
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.requests = append(s.requests, r.Header.Get("Range"))
	if s.renew > 0 && len(s.requests) > s.renew {
		s.content, s.etag, s.renew = s.next, `"second"`, 0
	}
	content, etag := s.content, s.etag
	code := s.status
	if len(s.statuses) > 0 {
		code, s.statuses = s.statuses[0], s.statuses[1:]
	}
	s.mu.Unlock()
	if code != 0 {
		w.WriteHeader(code)
		return
	}
	if etag != "" {
		w.Header().Set("ETag", etag)
	}
	if s.page {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte("<html>log in</html>"))
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	from := 0
	if span := r.Header.Get("Range"); span != "" && !s.noRange && r.Header.Get("If-Range") == etag {
		from, _ = strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(span, "bytes="), "-"))
		if from >= len(content) {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes */%d", len(content)))
			w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
			return
		}
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", int64(from)+s.shift, len(content)-1, len(content)))
	}
	if !s.noLength {
		w.Header().Set("Content-Length", strconv.Itoa(len(content)-from+s.longer))
	}
	if from > 0 {
		w.WriteHeader(http.StatusPartialContent)
	}
	if cut, ok := s.take(&s.drops, from); ok {
		_, _ = w.Write(content[from:cut])
		if f, ok := w.(http.Flusher); ok {
			f.Flush()
		}
		panic(http.ErrAbortHandler)
	}
	if cut, ok := s.take(&s.stalls, from); ok {
		_, _ = w.Write(content[from:cut])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		return
	}
	_, _ = w.Write(content[from:])
}

// take removes and returns the first position behind from.
func (s *server) take(list *[]int, from int) (int, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, at := range *list {
		if at >= from {
			*list = slices.Delete(*list, i, i+1)
			return at, true
		}
	}
	return 0, false
}

func randomBytes(n int, seed uint64) []byte {
	rng := rand.New(rand.NewPCG(seed, 3))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return b
}

func start(t *testing.T, s *server) string {
	t.Helper()
	ts := httptest.NewUnstartedServer(s)
	ts.Config.ErrorLog = nil
	ts.Start()
	t.Cleanup(ts.Close)
	return ts.URL + "/data.bin"
}

// quick tries again at once. A loaded machine may pause for long: only servers that
// stall are given up on, and soon.
func quick() Options {
	return Options{Wait: time.Millisecond, Stall: time.Minute, Attempts: 4, Parallel: 3}
}

func shaOf(b []byte) string { s := sha256.Sum256(b); return hex.EncodeToString(s[:]) }
func md5Of(b []byte) string { s := md5.Sum(b); return hex.EncodeToString(s[:]) }

// fetchOne fetches one file and returns its content.
func fetchOne(t *testing.T, dir string, f File, o Options) ([]byte, error) {
	t.Helper()
	err := Fetch(context.Background(), Dataset{Name: "test", Files: []File{f}}, []File{f}, dir, o)
	final := filepath.Join(dir, filepath.FromSlash(f.Path))
	content, rerr := os.ReadFile(final)
	if err == nil && rerr != nil {
		t.Fatalf("no error, but no file: %v", rerr)
	}
	if err != nil && rerr == nil {
		t.Errorf("an error, but a file has its final name: %v", err)
	}
	if err == nil {
		if _, serr := os.Stat(final + PartSuffix); serr == nil {
			t.Error("the part is left beside the whole file")
		}
	}
	return content, err
}
