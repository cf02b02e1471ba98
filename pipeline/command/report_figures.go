package command

import (
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"realnet/artifacts"
	"realnet/pipeline"
	"realnet/stages/report"
)

// figures draws the figures of a run at a width, from the artifacts in the store.
func (c *Report) figures(ctx context.Context, a *App) error {
	if len(c.Runs) != 1 {
		return usageError{fmt.Errorf("--figures: draws the figures of one run, not of %d", len(c.Runs))}
	}
	if c.Figures != "pdf" && c.Figures != "svg" {
		return usageError{fmt.Errorf("--figures: %q is neither pdf nor svg", c.Figures)}
	}
	width, err := points(c.Width)
	if err != nil {
		return usageError{fmt.Errorf("--width: %w", err)}
	}
	store, err := a.OpenStore()
	if err != nil {
		return err
	}
	params, in, err := pipeline.ReportInputs(c.Runs[0], store)
	if err != nil {
		return err
	}
	drawn, err := report.Figures(in, params)
	if err != nil {
		return err
	}
	out := c.Out
	if out == "" {
		out = filepath.Join(c.Runs[0], "figures")
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	for _, f := range drawn {
		if err := ctx.Err(); err != nil {
			return err
		}
		text, err := f.Export(c.Figures, width)
		if err != nil {
			return err
		}
		file := filepath.Join(out, fmt.Sprintf("%s-%s.%s", f.Name, strings.ReplaceAll(c.Width, " ", ""), c.Figures))
		if err := artifacts.ReplaceFile(file, text); err != nil {
			return err
		}
		fmt.Fprintln(a.Stdout, file)
	}
	return nil
}

// points reads a length such as 89mm.
func points(text string) (float64, error) {
	for unit, size := range map[string]float64{"mm": 72 / 25.4, "cm": 72 / 2.54, "in": 72, "pt": 1} {
		number, ok := strings.CutSuffix(strings.TrimSpace(text), unit)
		if !ok {
			continue
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil {
			break
		}
		if v *= size; v < 100 || v > 2000 || math.IsNaN(v) {
			return 0, fmt.Errorf("%s is not between 36mm and 705mm", text)
		}
		return v, nil
	}
	return 0, fmt.Errorf("%q is no length: write 89mm, 8.9cm, 3.5in or 252pt", text)
}

// open shows a page in the default browser, where --open asks for it.
func (c *Report) open(ctx context.Context, file string) error {
	if !c.Open {
		return nil
	}
	program := "xdg-open"
	if runtime.GOOS == "darwin" {
		program = "open"
	}
	abs, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	if err := exec.CommandContext(ctx, program, abs).Run(); err != nil {
		return fmt.Errorf("--open: %s: %w: open file://%s in a browser", program, err, filepath.ToSlash(abs))
	}
	return nil
}
