package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"realnet/artifacts"
	"realnet/artifacts/schemas/page"
	"realnet/pipeline"
	"realnet/stages/report/web"
)

// Report shows the report of a run, or several runs side by side.
type Report struct {
	Runs  []string `arg:"" name:"run" help:"Folder of a run; several are compared with the first." type:"path"`
	Serve bool     `help:"Serve the page to this machine's browsers until interrupted."`
	Addr  string   `help:"Loopback address to serve on; port 0 takes a free one." default:"127.0.0.1:0"`
	Open  bool     `help:"Open the page in the default browser."`
	Out   string   `short:"o" help:"File for the comparison of several runs (comparison.html), or folder for --figures (the run's figures/)." type:"path"`

	Figures string `placeholder:"pdf|svg" help:"Redraw the figures of a run, for a manuscript."`
	Width   string `help:"Width of figures: 89mm, 183mm, 3.5in, 252pt." default:"183mm"`
}

// Examples of the command.
func (*Report) Examples() string {
	return "realnet report runs/haxby\nrealnet report runs/haxby --serve\nrealnet report runs/haxby runs/haxby-detrend2 --out comparison.html\nrealnet report runs/haxby --figures pdf --width 89mm --out manuscript"
}

// Run prints where the page is, opens it, or serves it.
func (c *Report) Run(ctx context.Context, a *App) error {
	if c.Figures != "" {
		return c.figures(ctx, a)
	}
	var handler http.Handler
	if c.Serve {
		if err := loopback(c.Addr); err != nil {
			return usageError{err}
		}
	}
	if len(c.Runs) == 1 {
		results, err := pipeline.ReadResults(c.Runs[0])
		if err != nil {
			return err
		}
		file := filepath.Join(c.Runs[0], page.HTML)
		if _, err := os.Stat(file); err != nil {
			return fmt.Errorf("no report in %s: make one with realnet reproduce --out: %w", c.Runs[0], err)
		}
		if !c.Serve {
			for _, line := range results.Headlines() {
				fmt.Fprintln(a.Stdout, line)
			}
			fmt.Fprintf(a.Stdout, "report: %s\n", file)
			return c.open(ctx, file)
		}
		root, err := os.OpenRoot(c.Runs[0])
		if err != nil {
			return err
		}
		defer func() { _ = root.Close() }() // read only
		handler = serveRun(root.FS())
	} else {
		text, err := comparisonPage(c.Runs)
		if err != nil {
			return err
		}
		if !c.Serve {
			out := c.Out
			if out == "" {
				out = "comparison.html"
			}
			if err := replaceComparison(out, text); err != nil {
				return err
			}
			fmt.Fprintf(a.Stdout, "comparison: %s\n", out)
			return c.open(ctx, out)
		}
		handler = servePage(text)
	}
	return serve(ctx, a, c.Addr, handler)
}

// comparisonMark is in every page that this command writes.
const comparisonMark = `<meta name="generator" content="realnet report">`

// replaceComparison writes the page, over an earlier one but over no other file.
func replaceComparison(file string, text []byte) error {
	there, err := os.ReadFile(file)
	if err == nil && !bytes.Contains(there, []byte(comparisonMark)) {
		return fmt.Errorf("%s is no page that realnet report wrote: give another --out, or move it away: %w", file, fs.ErrExist)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return artifacts.ReplaceFile(file, text)
}

// loopback refuses addresses that other machines can reach.
func loopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("--addr: %w", err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("--addr: %q can be reached by other machines: only loopback addresses are served (127.0.0.1:PORT, [::1]:PORT, localhost:PORT)", addr)
	}
	return nil
}

// serve answers until ctx ends.
func serve(ctx context.Context, a *App, addr string, handler http.Handler) error {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	if tcp, ok := l.Addr().(*net.TCPAddr); !ok || !tcp.IP.IsLoopback() {
		return errors.Join(fmt.Errorf("--addr: %q is %v, which is no loopback address", addr, l.Addr()), l.Close())
	}
	fmt.Fprintf(a.Stdout, "http://%s/ (until interrupted)\n", l.Addr())
	server := &http.Server{Handler: guard(handler), ReadHeaderTimeout: 10 * time.Second}
	closed := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() { closed <- server.Close() })
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		stop()
		return err
	}
	return <-closed
}

// guard answers only requests that name this machine, so that no web page of
// another name can read the report through a reader's browser.
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			http.Error(w, "not this host", http.StatusForbidden)
			return
		}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			http.Error(w, "read only", http.StatusMethodNotAllowed)
			return
		}
		w.Header().Set("Content-Security-Policy", web.Policy)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}

// serveRun serves the files of a run's folder, the page first.
func serveRun(run fs.FS) http.Handler {
	files := http.FileServerFS(run)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			http.ServeFileFS(w, r, run, page.HTML)
			return
		}
		files.ServeHTTP(w, r)
	})
}

func servePage(text []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if _, err := w.Write(text); err != nil {
			return // the reader went away
		}
	})
}
