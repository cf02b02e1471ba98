package report_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"realnet/artifacts"
)

// chromium finds the browser: REALNET_CHROMIUM, else where Debian puts it.
func chromium(t *testing.T) string {
	t.Helper()
	for _, path := range []string{os.Getenv("REALNET_CHROMIUM"), "/usr/bin/chromium"} {
		if path != "" {
			if _, err := os.Stat(path); err == nil {
				return path
			}
		}
	}
	t.Skip("no chromium: install Debian's package chromium, or name a browser by REALNET_CHROMIUM")
	return ""
}

// session is a browser with what it complained about and asked for.
type session struct {
	*testing.T
	ctx   context.Context
	shots string // folder for screenshots, "" for none

	mu       sync.Mutex
	faults   []string
	requests []string
}

func newSession(t *testing.T) *session {
	flags := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium(t)), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.WSURLReadTimeout(2*time.Minute))
	ctx, stop := chromedp.NewExecAllocator(t.Context(), flags...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx, chromedp.WithBrowserOption(chromedp.WithDialTimeout(2*time.Minute)))
	t.Cleanup(stop)
	ctx, stop = context.WithTimeout(ctx, 8*time.Minute) // on a loaded machine; seconds on an idle one
	t.Cleanup(stop)
	s := &session{T: t, ctx: ctx, shots: os.Getenv("REALNET_SCREENSHOTS")}
	chromedp.ListenTarget(ctx, func(e any) {
		s.mu.Lock()
		defer s.mu.Unlock()
		switch e := e.(type) {
		case *runtime.EventExceptionThrown:
			s.faults = append(s.faults, e.ExceptionDetails.Error())
		case *runtime.EventConsoleAPICalled:
			if e.Type == runtime.APITypeError || e.Type == runtime.APITypeWarning {
				s.faults = append(s.faults, fmt.Sprintf("console: %s", e.Args[0].Value))
			}
		case *log.EventEntryAdded:
			s.faults = append(s.faults, "log: "+e.Entry.Text)
		case *network.EventRequestWillBeSent:
			s.requests = append(s.requests, e.Request.URL)
		}
	})
	s.do(network.Enable(), log.Enable())
	return s
}

func (s *session) do(actions ...chromedp.Action) {
	s.Helper()
	if err := chromedp.Run(s.ctx, actions...); err != nil {
		s.Fatal(err)
	}
}

// eval evaluates JavaScript.
func eval[T any](s *session, js string) T {
	s.Helper()
	var out T
	if err := chromedp.Run(s.ctx, chromedp.Evaluate(js, &out)); err != nil {
		s.Fatalf("%s: %v", js, err)
	}
	return out
}

// shot keeps a picture of the window at an element; one of the whole page takes
// a minute without a GPU.
func (s *session) shot(name, at string) {
	s.Helper()
	if s.shots == "" {
		return
	}
	var png []byte
	s.do(chromedp.Evaluate(fmt.Sprintf(`document.documentElement.style.scrollBehavior = "auto"; document.querySelector(%q).scrollIntoView()`, at), nil), chromedp.CaptureScreenshot(&png))
	s.keep(name, png)
}

func (s *session) keep(name string, data []byte) {
	s.Helper()
	if s.shots == "" {
		return
	}
	if err := os.MkdirAll(s.shots, 0o755); err != nil {
		s.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.shots, name), data, 0o644); err != nil {
		s.Fatal(err)
	}
}

// size makes the window so wide and checks that the page fits into it.
func (s *session) size(width, height int64, mobile bool) {
	s.Helper()
	s.do(emulation.SetDeviceMetricsOverride(width, height, 1, mobile))
	if got := eval[int64](s, `document.documentElement.scrollWidth`); got > width {
		wide := eval[string](s, fmt.Sprintf(`[...document.querySelectorAll("body *")].filter(e => !(e.closest(".scroll") && getComputedStyle(e.closest(".scroll")).overflowX === "auto") && e.getBoundingClientRect().right > %d).map(e => e.tagName + "." + e.className + " " + e.textContent.slice(0, 20)).slice(0, 5).join(" ")`, width))
		s.Errorf("at a width of %d the page is %d wide: %s", width, got, wide)
	}
}

// saveAll copies the files of a report to a folder, as a run's folder has them.
func saveAll(t *testing.T, a *artifacts.Artifact) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range a.Manifest().Files {
		to := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, readFile(t, a, f.Name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// The report opens from disk in a real browser: no error, no request, every
// figure visible, tables sort and save, and it fits a phone and paper.
func TestInBrowser(t *testing.T) {
	s := newSession(t)
	w := newWorld(t, 12)
	dir := saveAll(t, run(t, w.in, w.params(), 2))
	url := "file://" + filepath.Join(dir, "report.html")
	s.do(emulation.SetDeviceMetricsOverride(1200, 900, 1, false), chromedp.Navigate(url), chromedp.WaitReady("footer, main"))

	s.complete(15)
	s.size(1200, 1800, false)
	s.shot("light.png", "header")
	s.shot("light-figures.png", "#figures")
	s.shot("light-tables.png", "#tables")

	t.Run("sort", func(t *testing.T) {
		column := `[...document.querySelectorAll("#table-accuracies tbody tr")].map(r => Number(r.cells[3].dataset.v))`
		s.do(chromedp.Click(`#table-accuracies thead th:nth-child(4) button`, chromedp.ByQuery))
		if v := eval[[]float64](s, column); len(v) < 20 || !rising(v) {
			t.Errorf("after one click: %v", v)
		}
		s.do(chromedp.Click(`#table-accuracies thead th:nth-child(4) button`, chromedp.ByQuery))
		v := eval[[]float64](s, column)
		for i := range len(v) / 2 {
			v[i], v[len(v)-1-i] = v[len(v)-1-i], v[i]
		}
		if !rising(v) || eval[string](s, `document.querySelector("#table-accuracies thead th:nth-child(4)").ariaSort`) != "descending" {
			t.Errorf("after two clicks: %v", v)
		}
	})
	t.Run("save", func(t *testing.T) {
		to := t.TempDir()
		s.do(browser.SetDownloadBehavior(browser.SetDownloadBehaviorBehaviorAllow).WithDownloadPath(to))
		s.do(chromedp.Click(`#table-results button.csv`, chromedp.ByQuery))
		text := waitFor(t, filepath.Join(to, "results.csv"))
		lines := strings.Split(strings.TrimSpace(text), "\n")
		if rows := eval[int](s, `document.querySelectorAll("#table-results tbody tr").length`); len(lines) != rows+1 || !strings.HasPrefix(lines[0], "Result,Value,95 % from") {
			t.Errorf("%d lines for %d rows: %s", len(lines), rows, lines[0])
		}
		s.do(chromedp.Click(`#figure-sweep button.svg`, chromedp.ByQuery))
		if svg := waitFor(t, filepath.Join(to, "sweep.svg")); !strings.Contains(svg, "</svg>") {
			t.Error("the saved SVG is not whole")
		}
	})
	t.Run("origin", func(t *testing.T) {
		s.do(chromedp.Click(`#figure-sweep .drawing`, chromedp.ByQuery))
		if !eval[bool](s, `document.querySelector("#figure-sweep details").open`) {
			t.Error("a click on a figure does not open where it comes from")
		}
		s.do(chromedp.Click(`#figure-sweep details a`, chromedp.ByQuery), chromedp.Sleep(200*time.Millisecond))
		if !eval[bool](s, `document.getElementById(location.hash.slice(1)).open`) {
			t.Error("a link to an artifact does not open its record")
		}
	})
	s.do(chromedp.Click("#theme", chromedp.ByQuery))
	s.shot("dark.png", "#figures")
	s.do(chromedp.Click("#theme", chromedp.ByQuery))
	s.size(380, 1600, true)
	s.shot("phone.png", "header")
	s.shot("phone-figures.png", "#figure-similarity-shen2019")
	s.do(emulation.SetEmulatedMedia().WithMedia("print"))
	s.size(720, 1800, false)
	s.shot("print.png", "#figures")
	s.shot("print-tables.png", "#tables")
	var pdf []byte
	s.do(emulation.SetEmulatedMedia(), chromedp.ActionFunc(func(ctx context.Context) (err error) {
		pdf, _, err = page.PrintToPDF().Do(ctx)
		return err
	}))
	s.keep("print.pdf", pdf)
	t.Run("without JavaScript", func(t *testing.T) {
		s.do(emulation.SetScriptExecutionDisabled(true), chromedp.Reload(), chromedp.WaitReady("main"))
		if n := eval[int](s, `[...document.querySelectorAll("button")].filter(b => b.getBoundingClientRect().width > 0).length`); n > 0 {
			t.Errorf("%d buttons show that do nothing", n)
		}
		if n := eval[int](s, `document.querySelectorAll("#table-results tbody tr").length`); n < 10 {
			t.Errorf("%d results without JavaScript", n)
		}
	})
	s.quiet(url)
}

// complete checks that every figure shows and has a text, that there are at
// least so many, and that every control has a name.
func (s *session) complete(figures int) {
	s.Helper()
	hidden := eval[[]string](s, `[...document.querySelectorAll("figure")].filter(f => {
		const r = f.querySelector("svg").getBoundingClientRect();
		return r.width < 200 || r.height < 50 || !f.querySelector("svg").getAttribute("aria-label") || !f.querySelector("svg *") || !f.querySelector("figcaption").textContent;
	}).map(f => f.id)`)
	if n := eval[int](s, `document.querySelectorAll("figure svg").length`); len(hidden) > 0 || n < figures {
		s.Errorf("%d figures; not visible or without a text: %v", n, hidden)
	}
	if n := eval[int](s, `[...document.querySelectorAll("button,a[href],summary")].filter(e => !e.textContent.trim()).length`); n > 0 {
		s.Errorf("%d controls have no name", n)
	}
}

// quiet checks that the browser complained about nothing and that the page asked
// for nothing but itself.
func (s *session) quiet(url string) {
	s.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.faults) > 0 {
		s.Errorf("the browser complains: %v", s.faults)
	}
	for _, r := range s.requests {
		if !strings.HasPrefix(r, url) && !strings.HasPrefix(r, "data:") && !strings.HasPrefix(r, "blob:") {
			s.Errorf("the page asks for %s", r)
		}
	}
}

// The reports of real runs, whose folders REALNET_REPORTS lists, open in the
// browser as that of the fixture does: what shows shows, every table sorts by
// every column and saves whole, and it fits a phone and paper.
func TestRunsInBrowser(t *testing.T) {
	runs := filepath.SplitList(os.Getenv("REALNET_REPORTS"))
	if len(runs) == 0 {
		t.Skip("REALNET_REPORTS lists no folder of a run")
	}
	for _, dir := range runs {
		name := filepath.Base(dir)
		t.Run(name, func(t *testing.T) {
			s := newSession(t)
			dir, err := filepath.Abs(dir)
			if err != nil {
				t.Fatal(err)
			}
			url := "file://" + filepath.Join(dir, "report.html")
			s.do(emulation.SetDeviceMetricsOverride(1200, 900, 1, false), chromedp.Navigate(url), chromedp.WaitReady("footer, main"))
			s.complete(1)
			s.size(1280, 1800, false)
			for _, at := range []string{"summary", "figures", "tables", "methods"} {
				s.shot(name+"-"+at+".png", "#"+at)
			}
			s.tables(t.TempDir())
			s.do(chromedp.Click("#theme", chromedp.ByQuery))
			s.shot(name+"-dark.png", "#figures")
			s.do(chromedp.Click("#theme", chromedp.ByQuery))
			s.size(380, 1600, true)
			s.shot(name+"-phone.png", "header")
			s.do(emulation.SetEmulatedMedia().WithMedia("print"))
			s.size(720, 1800, false)
			s.shot(name+"-print.png", "header")
			s.quiet(url)
		})
	}
}

// tables sorts every table by every column and saves it.
func (s *session) tables(to string) {
	s.Helper()
	wrong := eval[[]string](s, `[...document.querySelectorAll("div.table")].flatMap(div => {
		const rows = div.querySelectorAll("tbody tr").length;
		return [...div.querySelectorAll("thead th")].map((th, i) => {
			th.querySelector("button").click();
			const v = [...div.querySelectorAll("tbody tr")].map(r => r.cells[i].dataset.v).filter(v => v !== undefined).map(Number);
			const sorted = th.ariaSort === "ascending" && v.every((x, k) => k === 0 || v[k-1] <= x);
			return sorted && div.querySelectorAll("tbody tr").length === rows ? "" : div.id + ": " + th.textContent;
		}).filter(x => x);
	})`)
	if len(wrong) > 0 {
		s.Errorf("not sorted by: %v", wrong)
	}
	s.do(browser.SetDownloadBehavior(browser.SetDownloadBehaviorBehaviorAllow).WithDownloadPath(to))
	for _, name := range eval[[]string](s, `[...document.querySelectorAll("div.table button.csv")].map(b => { for (let e = b; e; e = e.parentElement) { if (e.tagName === "DETAILS") { e.open = true; } } return b.dataset.name; })`) {
		s.do(chromedp.Click(`#table-`+name+` button.csv`, chromedp.ByQuery))
		lines := strings.Count(waitFor(s.T, filepath.Join(to, name+".csv")), "\n")
		if rows := eval[int](s, fmt.Sprintf(`document.querySelectorAll("#table-%s tbody tr").length`, name)); lines != rows+1 {
			s.Errorf("%s.csv has %d lines for %d rows", name, lines, rows)
		}
	}
}

func rising(v []float64) bool {
	for i := 1; i < len(v); i++ {
		if v[i] < v[i-1] {
			return false
		}
	}
	return true
}

func waitFor(t *testing.T, file string) string {
	t.Helper()
	for range 2400 { // two minutes: a loaded machine takes its time
		if text, err := os.ReadFile(file); err == nil && len(text) > 0 {
			return string(text)
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%s was not saved", filepath.Base(file))
	return ""
}
