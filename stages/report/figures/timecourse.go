package figures

import (
	"math"
	"slices"
	"sort"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"realnet/artifacts/schemas/similarities"
	"realnet/artifacts/schemas/statistics"
	"realnet/stages/report/number"
	"realnet/stages/report/text"
)

// overLayers is the title of the panel that shows the mean of all layers.
const overLayers = "mean of layers"

// TimeCourses draws the similarity with EEG over time, a panel per layer, with bars
// below where the results say that a model differs from the control there, and a map
// of layers and times of how much the main model differs.
func TimeCourses(d Data) ([]Figure, error) {
	rows := filter(d.eeg(), func(r similarities.Row) bool { return !math.IsNaN(r.Time) })
	var out []Figure
	for _, dataset := range inOrder(rows, func(r similarities.Row) string { return r.Dataset }, nil) {
		here := filter(rows, func(r similarities.Row) bool { return r.Dataset == dataset })
		f, err := d.timeCourse(dataset, here)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
		main := func(r similarities.Row) bool { return r.Model == d.Models.Main() } // absent where its trainings failed
		if len(layersOf(here)) > 1 && slices.ContainsFunc(here, main) {
			if f, err = d.timeMap(dataset, here); err != nil {
				return nil, err
			}
			out = append(out, f)
		}
	}
	return out, nil
}

func (d Data) timeCourse(dataset string, rows []similarities.Row) (Figure, error) {
	layers, models := layersOf(rows), d.Models.Shown()
	if len(layers) > 1 {
		layers = append([]string{overLayers}, layers...)
	}
	s := sheet{columns: min(len(layers), 3), height: 160, sameY: true, key: d.Models.key(models, true)}
	alt := "Highest mean similarity and its time:"
	bars, below := false, false
	for _, layer := range layers {
		p := panel{title: layer, x: axis{label: "time from onset (ms)"}, y: axis{label: "similarity (" + method(rows) + ")"}}
		p.marks = append(p.marks, zero(false), zero(true))
		for i, m := range models {
			c := meanCourse(filter(rows, func(r similarities.Row) bool { return (r.Layer == layer || layer == overLayers) && r.Model == m }))
			if len(c.times) == 0 {
				continue
			}
			style := d.Models.of(m)
			if c.subjects > 1 {
				p.marks = append(p.marks, band{c.times, within(c.low), within(c.high), style.colour})
			}
			p.marks = append(p.marks, curve{c.times, c.mean, draw.LineStyle{Color: style.colour, Width: 1.4, Dashes: style.dashes}})
			at, peak := c.peak()
			alt += " " + layer + ", " + d.Models.Text(m) + ": " + number.Fixed(peak, 3) + " at " + number.Fixed(at, 0) + " ms."
			of := layer
			if len(layers) == 1 {
				of = overLayers // the results have one layer as the mean of one
			}
			list := d.clusters(m, of)
			if len(list) == 0 {
				continue
			}
			bars, p.strip = true, max(p.strip, len(models))
			p.marks = append(p.marks, segments{list, i, sampling(rows), style.colour})
			alt += " " + layer + ", " + d.Models.Text(m) + ": differs within"
			for _, span := range list {
				alt += " " + number.Fixed(span.from, 0) + " to " + number.Fixed(span.to, 0) + " ms"
				if span.below {
					below = true
					alt += " (less similar)"
				}
			}
			alt += "."
		}
		s.panels = append(s.panels, p)
	}
	for i := range s.panels {
		if bars {
			s.panels[i].strip = len(models)
		}
	}
	f := Figure{Name: named("timecourse", dataset), Alt: alt, Sources: []string{"similarities"}}
	if bars {
		f.Sources = append(f.Sources, "statistics")
	}
	f.Title, f.Caption = text.Figure("timecourse", text.Values{
		"Dataset": dataset, "Bars": bars, "Below": below, "Alpha": d.Alpha, "Layers": len(layers) > 1, "Reference": d.Models.Text(d.clusterReference()),
	})
	if len(layers) == 1 {
		s.width, s.height = 400, 200
	}
	return f.finish(s)
}

// timeMap shows how much more similar than the reference the main model is, layers x
// times, with the outlines of significant clusters.
func (d Data) timeMap(dataset string, rows []similarities.Row) (Figure, error) {
	main, reference := d.Models.Main(), d.Models.first(Control)
	if _, ok := first(rows, func(r similarities.Row) bool { return r.Model == reference }); !ok {
		reference = d.Models.Base()
	}
	layers := layersOf(rows)
	g := grid{palette: diverging}
	var times []float64
	most, peak, when, where := 0.0, math.Inf(-1), 0.0, ""
	for _, l := range layers {
		of := func(model string) course {
			return meanCourse(filter(rows, func(r similarities.Row) bool { return r.Model == model && r.Layer == l }))
		}
		a, b := of(main), of(reference)
		values := make([]float64, len(a.times))
		for i := range values {
			values[i] = nan
			if len(b.mean) == len(a.mean) {
				values[i] = a.mean[i] - b.mean[i]
			}
			if most = max(most, math.Abs(values[i])); values[i] > peak {
				peak, when, where = values[i], a.times[i], l
			}
		}
		g.values, times = append(g.values, values), a.times
	}
	if len(times) < 2 || most == 0 || math.IsNaN(most) {
		most = 1
	}
	half := sampling(rows) / 2
	g.low, g.high = -most, most
	g.left, g.right = times[0]-half, times[len(times)-1]+half
	names := make([]string, len(layers))
	var outlines []plot.Plotter
	for i, l := range layers {
		at := float64(len(layers) - 1 - i)
		names[len(layers)-1-i] = l
		for _, span := range d.clusters(main, l) {
			outlines = append(outlines, outline{span.from - half, span.to + half, at - 0.5, at + 0.5})
		}
	}
	p := panel{x: axis{label: "time from onset (ms)", ticks: 8, low: g.left, high: g.right}, y: axis{names: names}, marks: append([]plot.Plotter{g}, outlines...)}
	f := Figure{
		Name: named("timemap", dataset), Sources: []string{"similarities"},
		Alt: "Largest difference: " + number.Signed(peak, 3) + " in layer " + where + " at " + number.Fixed(when, 0) + " ms.",
	}
	if len(outlines) > 0 {
		f.Sources = append(f.Sources, "statistics")
	}
	f.Title, f.Caption = text.Figure("timemap", text.Values{
		"Dataset": dataset, "Model": d.Models.Text(main), "Reference": d.Models.Text(reference), "Outlined": len(outlines) > 0, "Alpha": d.Alpha,
	})
	return f.finish(sheet{
		panels: []panel{p}, height: vg.Length(len(layers))*22 + 46, foot: 32,
		drawTo: scaleBar(-most, most, "difference in similarity", diverging),
	})
}

// clusterReference is the model that the clusters compare with.
func (d Data) clusterReference() string {
	r, _ := first(d.Statistics, func(r statistics.Row) bool { return r.Kind == statistics.Cluster })
	return r.Reference
}

// clusters are the times (ms) of significant clusters of a model's time course, of
// one layer or of the mean of layers.
func (d Data) clusters(model, layer string) (list []timeSpan) {
	if layer == overLayers {
		layer = ""
	}
	for _, r := range d.Statistics {
		if r.Kind == statistics.Cluster && r.Model == model && !d.Models.shuffled(r.Reference) && r.Layer == layer && r.PCorrected < d.Alpha {
			list = append(list, timeSpan{r.Time * 1000, r.TimeEnd * 1000, r.Value < 0})
		}
	}
	return list
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

// within cuts the ends of intervals at -1 and 1, beyond which no similarity is: intervals
// over two subjects reach far.
func within(ends []float64) []float64 {
	out := make([]float64, len(ends))
	for i, v := range ends {
		out[i] = min(1, max(-1, v))
	}
	return out
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
