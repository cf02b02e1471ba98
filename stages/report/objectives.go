package report

import (
	"realnet/artifacts/schemas/statistics"
	"realnet/stages/report/web"
)

// objectivesTable shows what each objective does to each dimension: the mean over layers, by
// each measure; layers are in the figure and in the table of results.
func objectivesTable(rows []statistics.Row) (table, web.Table) {
	view := web.Table{Columns: web.Columns("Trainings that differ in", "Dimension", "Planted", "Measure", "#Difference", "#95 % from", "#95 % to", "#p", "#p, corrected", "#n", "#Subjects")}
	var mean []statistics.Row
	for _, r := range rows {
		if r.Kind != statistics.Objective && r.Kind != statistics.Objectives || r.Layer != "" {
			continue
		}
		mean = append(mean, r)
		name := r.Dimension
		if r.Kind == statistics.Objectives {
			name = "mean of the others"
			if r.Planted == statistics.Planted {
				name = "mean of the planted ones"
			}
		}
		view.Rows = append(view.Rows, web.Row(r.Model, name, r.Planted, r.Method, r.Value, r.CILow, r.CIHigh, r.P, r.PCorrected, r.N, r.NSubjects))
	}
	return newTable("objectives", "Object dimensions, by what the trainings differ in", "statistics", mean), view
}

// withoutObjectives are the rows of the table of results: objectives have their own.
func withoutObjectives(rows []statistics.Row) []statistics.Row {
	var out []statistics.Row
	for _, r := range rows {
		if r.Kind != statistics.Objective {
			out = append(out, r)
		}
	}
	return out
}
