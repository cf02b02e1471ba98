package command

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"strings"

	"realnet/pipeline"
	"realnet/stages/report/figures"
	"realnet/stages/report/web"
)

//go:embed power.html
var powerText string

// page shows a campaign: a figure of the planted effects and of false claims, and the table.
func (p *campaign) page(rows []powerRow) ([]byte, error) {
	figure, err := figures.Power(p.powerData(rows))
	if err != nil {
		return nil, err
	}
	done := 0
	for _, c := range p.claims {
		if c != nil {
			done++
		}
	}
	var settings []string
	for _, v := range p.vary {
		settings = append(settings, v.Key+": "+strings.Join(v.Values, ", "))
	}
	t, err := web.AddTo(template.New("power"))
	if err != nil {
		return nil, err
	}
	if t, err = t.New("power").Parse(powerText); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = t.Execute(&out, map[string]any{
		"Style": web.Style(), "Script": web.Script(), "Policy": web.Policy, "Study": p.Study, "Settings": settings, "Set": p.Set,
		"Done": done, "Worlds": len(p.worlds), "Seeds": p.Seeds, "Table": powerTable(rows), "Figure": figure,
		"Drawing": template.HTML(figure.Inline), "Narrow": template.HTML(figure.Narrow),
	})
	return out.Bytes(), err
}

func powerTable(rows []powerRow) web.Table {
	t := web.Table{Name: "power", Title: "What was found", File: "power.csv", Columns: web.Columns("Settings", "World", "Claim", "In truth", "#Found in", "#of", "#Share", "#95 % from", "#95 % to", "#Mean value")}
	for _, r := range rows {
		t.Rows = append(t.Rows, web.Row(r.Settings, r.World, r.Text, r.Truth, r.Times, r.Runs, r.Found, r.CILow, r.CIHigh, r.Value))
	}
	t.Total = len(t.Rows)
	return t
}

// powerData arranges the rows for the figure: places are the values of the first setting,
// series the combinations of the others.
func (p *campaign) powerData(rows []powerRow) figures.PowerData {
	d := figures.PowerData{Label: "study", Places: []string{p.Study}}
	if len(p.vary) > 0 {
		d.Label, d.Places = p.vary[0].Key, p.vary[0].Values
	}
	place, series := map[string]int{}, map[string]string{}
	for i, c := range p.cells {
		place[c.Name], series[c.Name] = 0, ""
		if len(p.vary) > 0 {
			for k, v := range d.Places {
				if v == c.Values[0] {
					place[c.Name] = k
				}
			}
			var rest []string
			for k, v := range p.vary[1:] {
				rest = append(rest, v.Key+" "+c.Values[k+1])
			}
			series[p.cells[i].Name] = strings.Join(rest, ", ")
		}
	}
	for _, r := range rows {
		effect := ""
		switch {
		case r.World == worldName(true) && r.Truth == pipeline.TruthPlanted:
			effect = r.Text
		case r.World == worldName(true) && r.Effect == pipeline.AnyEffect:
			effect = "false: any claim that must not be made"
		case r.World == worldName(false) && r.Effect == pipeline.AnyEffect:
			effect = "false: anything, with nothing planted"
		default:
			continue
		}
		d.Points = append(d.Points, figures.PowerPoint{
			Effect: effect, Series: cmp.Or(series[r.Settings], p.Study), Place: place[r.Settings],
			Value: figures.Value{Value: r.Found, Low: r.CILow, High: r.CIHigh}, Runs: fmt.Sprintf("%d of %d", r.Times, r.Runs),
		})
	}
	return d
}
