package catalogue

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// A connection that breaks at 30 random points, on servers of every temper, ends
// in the right bytes.
func TestFetchResumesAfterDrops(t *testing.T) {
	content := randomBytes(300_000, 1)
	rng := rand.New(rand.NewPCG(30, 0))
	for _, tt := range []struct {
		name  string
		build func(*server)
		known bool
	}{
		{"plain", func(*server) {}, true},
		{"no digest known", func(*server) {}, false},
		{"no content length", func(s *server) { s.noLength = true }, true},
		{"ignores Range", func(s *server) { s.noRange = true }, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &server{content: content, etag: `"v1"`}
			for range 30 {
				s.drops = append(s.drops, 1+rng.IntN(len(content)-1))
			}
			slices.Sort(s.drops)
			tt.build(s)
			if s.noRange { // every drop starts it anew: each must come further than the last
				s.drops = slices.Compact(s.drops)
			}
			f := File{Path: "sub/data.bin", URL: start(t, s)}
			if tt.known {
				f.Size, f.SHA256, f.MD5 = int64(len(content)), shaOf(content), md5Of(content)
			}
			got, err := fetchOne(t, t.TempDir(), f, quick())
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, content) {
				t.Fatal("other bytes")
			}
			if len(s.drops) > 0 {
				t.Errorf("%d drops did not happen", len(s.drops))
			}
			if !s.noRange && !strings.HasPrefix(s.requests[len(s.requests)-1], "bytes=") {
				t.Error("the last request did not resume")
			}
		})
	}
}

func TestFetchBadServers(t *testing.T) {
	content, other := randomBytes(200_000, 2), randomBytes(180_000, 3)
	for _, tt := range []struct {
		name string
		s    *server
		file File // Path and URL are set
		want error
		got  []byte
	}{
		{name: "stalls", s: &server{content: content, etag: `"a"`, stalls: []int{0, 50_000, 120_000}}, got: content},
		{name: "claims more than it sends", s: &server{content: content, etag: `"a"`, longer: 5000}, got: content},
		{name: "claims more, no version", s: &server{content: content, longer: 5000}, want: ErrIncomplete},
		{
			name: "another version midway", s: &server{content: content, etag: `"first"`, drops: []int{70_000, 90_000}, renew: 1, next: other},
			got: other,
		},
		{
			name: "another version midway, weak tags", s: &server{content: content, etag: `W/"x"`, drops: []int{70_000}},
			file: File{SHA256: shaOf(content)}, got: content,
		},
		{
			name: "another version than the catalogue's", s: &server{content: other, etag: `"a"`},
			file: File{SHA256: shaOf(content)}, want: ErrMismatch,
		},
		{name: "shorter than the catalogue says", s: &server{content: other, etag: `"a"`}, file: File{Size: int64(len(content))}, want: ErrMismatch},
		{name: "longer than the catalogue says", s: &server{content: content, etag: `"a"`}, file: File{Size: int64(len(other))}, want: ErrMismatch},
		{name: "wrong MD5", s: &server{content: other, etag: `"a"`}, file: File{MD5: md5Of(content)}, want: ErrMismatch},
		{name: "first digits of SHA-256", s: &server{content: content}, file: File{SHA256: shaOf(content)[:8]}, got: content},
		{name: "another range than asked for", s: &server{content: content, etag: `"a"`, drops: []int{1000}, shift: 7}, got: content},
		{name: "busy for a while", s: &server{content: content, statuses: []int{503, 429, 500}}, got: content},
		{name: "busy for ever", s: &server{status: 503}, want: ErrIncomplete},
		{name: "no such file", s: &server{status: 404}, want: errStatus},
		{name: "a log-in page", s: &server{page: true}, want: ErrMismatch},
		{name: "empty", s: &server{content: nil, etag: `"a"`}, got: []byte{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.file.Path, tt.file.URL = "data.bin", start(t, tt.s)
			o := quick()
			if len(tt.s.stalls) > 0 {
				o.Stall = 500 * time.Millisecond
			}
			got, err := fetchOne(t, t.TempDir(), tt.file, o)
			switch {
			case errors.Is(tt.want, errStatus):
				if err == nil || !strings.Contains(err.Error(), "404") {
					t.Errorf("error %v, want one that says 404", err)
				}
				if len(tt.s.requests) != 1 {
					t.Errorf("%d requests for a file that is not there", len(tt.s.requests))
				}
			case tt.want != nil:
				if !errors.Is(err, tt.want) {
					t.Errorf("error %v, want %v", err, tt.want)
				}
			case err != nil:
				t.Fatal(err)
			case !bytes.Equal(got, tt.got):
				t.Errorf("%d bytes that are not the file's %d", len(got), len(tt.got))
			}
		})
	}
}

var errStatus = errors.New("status")

// Nothing listens: the error says so after the attempts.
func TestFetchNoServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + l.Addr().String()
	_ = l.Close()
	if _, err := fetchOne(t, t.TempDir(), File{Path: "x", URL: url}, quick()); !errors.Is(err, ErrIncomplete) {
		t.Errorf("error %v, want ErrIncomplete", err)
	}
}

// A process that was stopped leaves a part; the next one resumes from it.
func TestFetchResumesAcrossProcesses(t *testing.T) {
	content := randomBytes(200_000, 4)
	s := &server{content: content, etag: `"a"`, drops: []int{60_000, 60_000, 60_000, 60_000}}
	dir := t.TempDir()
	f := File{Path: "data.bin", URL: start(t, s), SHA256: shaOf(content)}
	if _, err := fetchOne(t, dir, f, quick()); !errors.Is(err, ErrIncomplete) {
		t.Fatalf("error %v, want ErrIncomplete", err)
	}
	if state, err := Verify(context.Background(), f, dir); state != Incomplete || err != nil {
		t.Errorf("state %q, %v", state, err)
	}
	if names, err := List(dir, nil); err != nil || len(names) > 0 {
		t.Errorf("parts are listed: %v, %v", names, err)
	}
	got, err := fetchOne(t, dir, f, quick())
	if err != nil || !bytes.Equal(got, content) {
		t.Fatalf("error %v", err)
	}
	if last := s.requests[len(s.requests)-1]; last != "bytes=60000-" {
		t.Errorf("last request %q", last)
	}
	// A part that was damaged on disk in between is found out by the digest, once.
	if err := os.Rename(filepath.Join(dir, "data.bin"), filepath.Join(dir, "data.bin.part")); err != nil {
		t.Fatal(err)
	}
	bad := slices.Clone(content[:100_000])
	bad[5] ^= 1
	text := fmt.Sprintf(`{"url":%q,"etag":"\"a\""}`, f.URL)
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "data.bin.part"), bad, 0o644), os.WriteFile(filepath.Join(dir, "data.bin.tag.part"), []byte(text), 0o644)); err != nil {
		t.Fatal(err)
	}
	if got, err := fetchOne(t, dir, f, quick()); err != nil || !bytes.Equal(got, content) {
		t.Errorf("error %v", err)
	}
	// A whole part with nothing left to send.
	if err := errors.Join(os.Rename(filepath.Join(dir, "data.bin"), filepath.Join(dir, "data.bin.part")),
		os.WriteFile(filepath.Join(dir, "data.bin.tag.part"), []byte(text), 0o644)); err != nil {
		t.Fatal(err)
	}
	s.requests = nil
	if got, err := fetchOne(t, dir, f, quick()); err != nil || !bytes.Equal(got, content) || len(s.requests) != 1 {
		t.Errorf("error %v after %d requests", err, len(s.requests))
	}
}

// The digest of a first download is recorded, and what is there is not fetched
// again; a file that changed since is.
func TestFetchRecords(t *testing.T) {
	content := randomBytes(50_000, 5)
	s := &server{content: content}
	dir := t.TempDir()
	f := File{Path: "a/data.bin", URL: start(t, s)}
	for range 2 {
		if _, err := fetchOne(t, dir, f, quick()); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.requests) != 1 {
		t.Errorf("%d requests, want 1", len(s.requests))
	}
	if state, err := Verify(context.Background(), f, dir); state != Whole || err != nil {
		t.Errorf("state %q, %v", state, err)
	}
	path := filepath.Join(dir, "a", "data.bin")
	if err := os.WriteFile(path, content[1:], 0o644); err != nil {
		t.Fatal(err)
	}
	state, err := Verify(context.Background(), f, dir)
	if state != Damaged || !errors.Is(err, ErrMismatch) {
		t.Errorf("state %q, %v", state, err)
	}
	got, err := fetchOne(t, dir, f, quick())
	if err != nil || !bytes.Equal(got, content) {
		t.Errorf("error %v", err)
	}
	if names, err := List(dir, nil); err != nil || !slices.Equal(names, []string{"a/data.bin"}) {
		t.Errorf("files %v, %v", names, err)
	}
	if err := os.WriteFile(filepath.Join(dir, RecordName), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Fetch(context.Background(), Dataset{}, []File{f}, dir, quick()); err == nil || !strings.Contains(err.Error(), RecordName) {
		t.Errorf("damaged record: %v", err)
	}
}

// A file that is there, wrong, and of no download may be the user's own: it stays.
func TestFetchLeavesForeignFiles(t *testing.T) {
	content := randomBytes(1000, 6)
	dir := t.TempDir()
	mine := filepath.Join(dir, "data.bin")
	if err := os.WriteFile(mine, []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	f := File{Path: "data.bin", Size: int64(len(content)), URL: start(t, &server{content: content})}
	if err := Fetch(t.Context(), Dataset{}, []File{f}, dir, quick()); !errors.Is(err, ErrMismatch) || !strings.Contains(err.Error(), "move it away") {
		t.Errorf("got %v", err)
	}
	if got, err := os.ReadFile(mine); err != nil || string(got) != "mine" {
		t.Errorf("the user's file is %q, %v", got, err)
	}
	if err := os.Remove(mine); err != nil {
		t.Fatal(err)
	}
	if got, err := fetchOne(t, dir, f, quick()); err != nil || !bytes.Equal(got, content) {
		t.Errorf("once it is away: %v", err)
	}
}

func TestFetchManyInParallel(t *testing.T) {
	var files []File
	mux := http.NewServeMux()
	var total int64
	for i := range 20 {
		s := &server{content: randomBytes(10_000+i, uint64(i)), etag: `"a"`, drops: []int{5000}}
		name := fmt.Sprintf("/%d/data.bin", i)
		mux.Handle(name, s)
		total += int64(len(s.content))
		files = append(files, File{Path: strings.TrimPrefix(name, "/"), URL: name, Size: int64(len(s.content)), SHA256: shaOf(s.content)})
	}
	mux.Handle("/gone", http.NotFoundHandler())
	ts := httptest.NewServer(mux)
	defer ts.Close()
	for i := range files {
		files[i].URL = ts.URL + files[i].URL
	}
	dir := t.TempDir()
	o := quick()
	var done int64
	o.Progress = func(d, all int64, _ string) {
		if done = d; all != total {
			t.Errorf("total %d, want %d", all, total)
		}
	}
	if err := Fetch(context.Background(), Dataset{}, files, dir, o); err != nil {
		t.Fatal(err)
	}
	if done != total {
		t.Errorf("progress ends at %d of %d", done, total)
	}
	// One file fails: the others are there all the same, and the error names it.
	dir = t.TempDir()
	o.Progress = nil
	err := Fetch(context.Background(), Dataset{}, append([]File{{Path: "gone.bin", URL: ts.URL + "/gone"}}, files...), dir, o)
	if err == nil || !strings.Contains(err.Error(), "gone.bin") {
		t.Errorf("error %v", err)
	}
	if names, _ := List(dir, nil); len(names) != len(files) {
		t.Errorf("%d files, want %d", len(names), len(files))
	}
}

func TestFetchStopsAtOnce(t *testing.T) {
	s := &server{content: randomBytes(1000, 1), stalls: []int{500}}
	ctx, cancel := context.WithCancel(context.Background())
	o := quick()
	o.Stall = time.Hour
	time.AfterFunc(50*time.Millisecond, cancel)
	f := File{Path: "x", URL: start(t, s)}
	if err := Fetch(ctx, Dataset{}, []File{f}, t.TempDir(), o); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestFetchRefuses(t *testing.T) {
	for _, path := range []string{"../x", "/etc/x", "a/../../x", ""} {
		if err := Fetch(context.Background(), Dataset{}, []File{{Path: path, URL: "http://127.0.0.1:1"}}, t.TempDir(), quick()); err == nil {
			t.Errorf("path %q is taken", path)
		}
	}
	d, _ := Find("realnet-fmri")
	dir := t.TempDir()
	err := Fetch(context.Background(), d, d.Files, dir, quick())
	if !errors.Is(err, ErrRequest) || !strings.Contains(err.Error(), "drive.google.com") {
		t.Errorf("error %v, want ErrRequest that says where", err)
	}
	for _, f := range d.Files {
		path := filepath.Join(dir, filepath.FromSlash(f.Path))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte("x"), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	if err := Fetch(context.Background(), d, d.Files, dir, quick()); err != nil {
		t.Errorf("files are there, but: %v", err)
	}
}

// Two processes do not write one part.
func TestFetchLocksThePart(t *testing.T) {
	dir := t.TempDir()
	p, err := openPart(context.Background(), filepath.Join(dir, "x.part"), File{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.file.Close()
	s := &server{content: []byte("abc")}
	if err := Fetch(context.Background(), Dataset{}, []File{{Path: "x", URL: start(t, s)}}, dir, quick()); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("error %v", err)
	}
}

func TestContentRange(t *testing.T) {
	for _, tt := range []struct {
		text        string
		from, total int64
		ok          bool
	}{
		{"bytes 10-99/100", 10, 100, true},
		{"bytes 10-99/*", 10, -1, true},
		{"bytes 10", 0, 0, false},
		{"bytes x-9/10", 0, 0, false},
		{"", 0, 0, false},
	} {
		from, total, err := contentRange(tt.text)
		if (err == nil) != tt.ok || tt.ok && (from != tt.from || total != tt.total) {
			t.Errorf("%q: %d, %d, %v", tt.text, from, total, err)
		}
	}
}

var _ io.Writer = (*Hash)(nil)
