package report_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
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

// smallestText is the least size of text that a reader meets, in pixels.
const smallestText = 11

// screens are the sizes at which a page must read well.
var screens = []struct{ width, height, first int64 }{ // the figure of the answer ends within first
	{390, 844, 2 * 844}, {768, 1024, 1024}, {1280, 900, 900},
}

// readable checks, on every screen in light and dark: nothing is cropped, text is large
// enough, the figure of the answer is near the top, and no rule of WCAG 2.2 AA is broken.
func (s *session) readable(name, rules string) {
	s.Helper()
	for _, scheme := range []string{"light", "dark"} {
		s.do(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}))
		for _, screen := range screens {
			s.size(screen.width, screen.height, screen.width < 500)
			s.do(chromedp.Evaluate(`scrollTo({top: 0, behavior: "instant"})`, nil))
			if s.shots != "" && screen.width != 768 {
				var png []byte
				s.do(chromedp.CaptureScreenshot(&png))
				s.keep(fmt.Sprintf("%s-%d-%s.png", name, screen.width, scheme), png)
			}
			at := fmt.Sprintf("%s, %d px", scheme, screen.width)
			if cropped := eval[[]string](s, `[...document.querySelectorAll("figure svg")].filter(v => v.getClientRects().length > 0).filter(v => {
				const r = v.getBoundingClientRect();
				return r.left < 0 || r.right > innerWidth + 1 || v.parentElement.scrollWidth > v.parentElement.clientWidth + 1;
			}).map(v => v.closest("figure").id)`); len(cropped) > 0 {
				s.Errorf("%s: cropped figures: %v", at, cropped)
			}
			if out := eval[[]string](s, `[...document.querySelectorAll("figure svg")].filter(v => v.getClientRects().length > 0).flatMap(v => {
				const box = v.getBoundingClientRect();
				return [...v.querySelectorAll("text")].filter(t => { const r = t.getBoundingClientRect(); return r.left < box.left - 2 || r.right > box.right + 2 || r.top < box.top - 2 || r.bottom > box.bottom + 2; }).map(t => v.closest("figure").id + ": " + t.textContent);
			}).slice(0, 5)`); len(out) > 0 {
				s.Errorf("%s: text beyond the edge of its figure: %v", at, out)
			}
			small := eval[[]string](s, fmt.Sprintf(`(() => {
				const found = new Map();
				const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
				for (let n = walk.nextNode(); n; n = walk.nextNode()) {
					const e = n.parentElement;
					if (!n.textContent.trim() || ["SCRIPT", "STYLE"].includes(e.tagName) || e.closest(".hidden, .skip") || e.getClientRects().length === 0) { continue; }
					const m = e.ownerSVGElement ? e.getScreenCTM() : null;
					const size = parseFloat(getComputedStyle(e).fontSize) * (m ? Math.hypot(m.a, m.b) : 1);
					if (size < %d - 0.01) { found.set((e.closest("figure") || e).id + " " + e.tagName + " " + size.toFixed(1), n.textContent.trim().slice(0, 20)); }
				}
				return [...found].slice(0, 5).map(x => x.join(": "));
			})()`, smallestText))
			if len(small) > 0 {
				s.Errorf("%s: text below %d px: %v", at, smallestText, small)
			}
			if end := eval[float64](s, `(() => { const f = [...document.querySelectorAll(".first figure svg")].find(v => v.getClientRects().length > 0); return f ? f.getBoundingClientRect().bottom : 0; })()`); int64(end) > screen.first {
				s.Errorf("%s: the figure of the answer ends at %.0f px, not within %d", at, end, screen.first)
			}
			if rules != "" && (scheme == "dark") == (screen.width == 768) { // each layout once, each scheme once
				s.do(chromedp.Evaluate(rules, nil))
				if broken := axe(s); len(broken) > 0 {
					s.Errorf("%s: %s", at, strings.Join(broken, "\n"))
				}
			}
		}
	}
	s.do(emulation.SetEmulatedMedia())
}

// axe lists the rules of WCAG 2.2 A and AA that a page breaks. Of a table's rows, which
// are alike, it reads the first three; drawings are images with a text. The others are
// out of the page meanwhile.
func axe(s *session) []string {
	s.Helper()
	var out []string
	wait := func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }
	s.do(chromedp.Evaluate(`(async () => {
		const parked = [];
		for (const e of document.querySelectorAll(".table tbody tr:nth-child(n+4), figure svg > *, .origin:nth-of-type(n+4)")) {
			parked.push([e, e.parentNode, e.nextSibling]);
			e.remove();
		}
		const found = await axe.run(document, {preload: false, runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], resultTypes: ["violations"]});
		for (const [e, parent, next] of parked.reverse()) { parent.insertBefore(e, next); }
		return found.violations.map(v => v.id + ": " + v.help + " " + v.nodes.slice(0, 3).map(n => n.target.join(" ")).join("; "));
	})()`, &out, wait))
	return out
}

// axeRules is the program of axe-core, "" where npm has not installed it.
func axeRules(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "ci", "browser", "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Log("SKIPPED: rules for accessibility: npm ci --prefix ci/browser")
		return ""
	}
	return string(text)
}

// print is the page on paper. Every page but the last is at least half full.
func (s *session) print(most int) []byte {
	s.Helper()
	var pdf []byte
	s.do(emulation.SetEmulatedMedia(), chromedp.ActionFunc(func(ctx context.Context) (err error) {
		pdf, _, err = page.PrintToPDF().WithPreferCSSPageSize(true).WithPaperWidth(8.27).WithPaperHeight(11.69).Do(ctx)
		return err
	}))
	if n := bytes.Count(pdf, []byte("/Type /Page\n")); n > most || n == 0 {
		s.Errorf("%d pages, want at most %d", n, most)
	}
	if _, err := exec.LookPath("pdftoppm"); err != nil {
		s.Log("SKIPPED: how full pages are: pdftoppm is not there")
		return pdf
	}
	file := filepath.Join(s.TempDir(), "print.pdf")
	if err := os.WriteFile(file, pdf, 0o644); err != nil {
		s.Fatal(err)
	}
	root := strings.TrimSuffix(file, ".pdf")
	if text, err := exec.Command("pdftoppm", "-r", "18", "-gray", file, root).CombinedOutput(); err != nil {
		s.Fatalf("%v: %s", err, text)
	}
	pages, err := filepath.Glob(root + "-*.pgm")
	if err != nil {
		s.Fatal(err)
	}
	for i, name := range pages[:max(0, len(pages)-1)] {
		if full := filled(s.T, name); full < 0.5 {
			s.Errorf("page %d of %d is filled to %.0f %%", i+1, len(pages), 100*full)
		}
	}
	return pdf
}

// filled is the place of the lowest ink on a page, as a share of its height.
func filled(t *testing.T, file string) float64 {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var w, h, most int
	if _, err := fmt.Sscanf(string(data[:20]), "P5\n%d %d\n%d", &w, &h, &most); err != nil {
		t.Fatal(err)
	}
	pixels := data[len(data)-w*h:]
	for y := h - 1; y >= 0; y-- {
		for _, v := range pixels[y*w : (y+1)*w] {
			if v < 200 {
				return float64(y+1) / float64(h)
			}
		}
	}
	return 0
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

	s.complete(14)
	s.readable("fixture", axeRules(t))
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
		s.do(chromedp.Click(`#figure-rdms-brains button.svg`, chromedp.ByQuery))
		if svg := waitFor(t, filepath.Join(to, "rdms-brains.svg")); !strings.Contains(svg, "data:image/png") || strings.Contains(svg, "<use") {
			t.Error("the saved SVG lacks the images that the page shares")
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
	s.keep("print.pdf", s.print(12))
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
		const r = [...f.querySelectorAll("svg")].find(v => v.getClientRects().length > 0).getBoundingClientRect();
		return r.width < 200 || r.height < 50 || !f.querySelector("svg").getAttribute("aria-label") || !f.querySelector("svg *") || !f.querySelector("figcaption").textContent;
	}).map(f => f.id)`)
	if n := eval[int](s, `document.querySelectorAll("figure").length`); len(hidden) > 0 || n < figures {
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
			if info, err := os.Stat(filepath.Join(dir, "report.html")); err != nil || info.Size() > mostBytes {
				t.Errorf("the page has %d bytes, want at most %d (%v)", info.Size(), mostBytes, err)
			}
			s.complete(1)
			s.readable(name, axeRules(t))
			s.size(1280, 1800, false)
			s.tables(t.TempDir())
			s.size(380, 1600, true)
			s.do(emulation.SetEmulatedMedia().WithMedia("print"))
			s.size(720, 1800, false)
			s.keep(name+".pdf", s.print(10))
			s.quiet(url)
		})
	}
}

// mostBytes of a page: what opens at once from a mail or a slow disk.
const mostBytes = 3_000_000

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
