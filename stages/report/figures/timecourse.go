package figures

import (
	"fmt"
	"image/color"
	"math"
	"sort"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"realnet/artifacts/schemas/similarities"
)

// overLayers is the title of the panel that shows the mean of all layers.
const overLayers = "mean of layers"

// TimeCourses draws the similarity with EEG over time, a panel a layer, with bars
// below where the results say that a model differs from the control there.
func TimeCourses(d Data) ([]Figure, error) {
	rows := filter(d.eeg(), func(r similarities.Row) bool { return !math.IsNaN(r.Time) })
	var out []Figure
	for _, dataset := range inOrder(rows, func(r similarities.Row) string { return r.Dataset }, nil) {
		f, err := d.timeCourse(dataset, filter(rows, func(r similarities.Row) bool { return r.Dataset == dataset }))
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

func (d Data) timeCourse(dataset string, rows []similarities.Row) (Figure, error) {
	layers, models := layersOf(rows), d.Cast.Shown()
	if len(layers) > 1 {
		layers = append([]string{overLayers}, layers...)
	}
	columns := min(len(layers), 2)
	if len(layers) > 4 {
		columns = 3
	}
	all := newSpan()
	all.add(0)
	alt := "Highest mean similarity and when."
	plots := make([]*plot.Plot, len(layers))
	bars := false
	for k, layer := range layers {
		label := ""
		if k%columns == 0 {
			label = "similarity (" + method(rows) + ")"
		}
		p := newPlot(layer, "time from onset (ms)", label)
		p.X.Tick.Marker, p.Y.Tick.Marker = ticks{6}, ticks{5}
		p.Add(zero(false), zero(true))
		for _, m := range models {
			c := meanCourse(filter(rows, func(r similarities.Row) bool { return (r.Layer == layer || layer == overLayers) && r.Model == m }))
			if len(c.times) == 0 {
				continue
			}
			l := d.Cast.of(m)
			if c.subjects > 1 {
				b, err := band(c.times, c.low, c.high, l.colour)
				if err != nil {
					return Figure{}, err
				}
				p.Add(b)
			}
			p.Add(curve{c.times, c.mean, draw.LineStyle{Color: l.colour, Width: 1.4, Dashes: l.dashes}})
			all.add(c.low...)
			all.add(c.high...)
			all.add(c.mean...)
			at, peak := c.peak()
			alt += fmt.Sprintf(" %s, %s: %.3f at %.0f ms.", layer, d.Cast.Text(m), peak, at)
		}
		plots[k] = p
	}
	low, high := all.padded()
	step := 0.05 * (high - low)
	bottom := low
	for i, m := range models {
		for k, layer := range layers {
			if len(layers) == 1 {
				layer = overLayers // the results have one layer as the mean of one
			}
			list := d.clusters(m, layer)
			if len(list) == 0 {
				continue
			}
			bars = true
			y := low - step*float64(i)
			plots[k].Add(segments{list, y, sampling(rows), d.Cast.of(m).colour})
			bottom = min(bottom, y-step)
			alt += fmt.Sprintf(" %s, %s: differs within", layer, d.Cast.Text(m))
			for _, span := range list {
				alt += fmt.Sprintf(" %.0f to %.0f ms", span[0], span[1])
			}
			alt += "."
		}
	}
	for _, p := range plots {
		p.Y.Min, p.Y.Max = bottom, high
	}
	caption := "Lines: mean over EEG subjects (each subject's value is the mean over the models of all training subjects); bands: 95 % Student interval over EEG subjects, point by point."
	sources := []string{"similarities"}
	if bars {
		caption += fmt.Sprintf(" Bars below: clusters of times in which that model differs from the control (from the base, without a control), p below %g by sign flips over EEG subjects; those of single layers are corrected for all layers together; a cluster says that there is a difference, not exactly when.", d.Alpha)
		sources = append(sources, "statistics")
	}
	f := Figure{
		Name: named("timecourse", dataset), Title: "Similarity with EEG over time " + inBrackets(dataset), Caption: caption, Alt: alt, Sources: sources,
	}
	height := vg.Length((len(layers)+columns-1)/columns)*165 + 40
	return f.finish(vg.Length(columns)*235+30, height, panels(plots, columns, d.Cast.key(models, true)))
}

// course is a mean over subjects, time by time, in milliseconds.
type course struct {
	times, mean, low, high []float64
	subjects               int
}

func (c course) peak() (at, value float64) {
	value = math.Inf(-1)
	for i, v := range c.mean {
		if v > value {
			at, value = c.times[i], v
		}
	}
	return at, value
}

// meanCourse averages models within EEG subjects, then EEG subjects.
func meanCourse(rows []similarities.Row) course {
	sums := map[float64]map[string][]float64{}
	for _, r := range rows {
		if sums[r.Time] == nil {
			sums[r.Time] = map[string][]float64{}
		}
		sums[r.Time][r.Subject] = append(sums[r.Time][r.Subject], r.Value)
	}
	var c course
	for t := range sums {
		c.times = append(c.times, t)
	}
	sort.Float64s(c.times)
	for i, t := range c.times {
		subjects := make([]string, 0, len(sums[t]))
		for s := range sums[t] {
			subjects = append(subjects, s)
		}
		sort.Strings(subjects) // the order of a sum is part of its bits
		values := make([]float64, len(subjects))
		for k, s := range subjects {
			values[k] = average(sums[t][s])
		}
		m, low, high := meanInterval(values)
		c.mean, c.low, c.high = append(c.mean, m), append(c.low, low), append(c.high, high)
		c.subjects = max(c.subjects, len(values))
		c.times[i] = t * 1000
	}
	return c
}

// sampling is the smallest step between times, in ms.
func sampling(rows []similarities.Row) float64 {
	var times []float64
	for _, r := range rows {
		times = append(times, r.Time*1000)
	}
	sort.Float64s(times)
	step := math.Inf(1)
	for i := 1; i < len(times); i++ {
		if d := times[i] - times[i-1]; d > 1e-6 {
			step = min(step, d)
		}
	}
	if math.IsInf(step, 0) {
		return 1
	}
	return step
}

// segments are bars over spans of time.
type segments struct {
	spans  [][2]float64
	y      float64
	step   float64 // time between samples: a span of one sample has this width
	colour color.NRGBA
}

// Plot implements plot.Plotter.
func (s segments) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for _, span := range s.spans {
		from, to := max(c.Min.X, x(span[0]-s.step/2)), min(c.Max.X, x(span[1]+s.step/2))
		c.StrokeLine2(draw.LineStyle{Color: s.colour, Width: 2.5}, from, y(s.y), to, y(s.y))
	}
}
