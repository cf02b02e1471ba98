package report

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"strconv"

	"realnet/artifacts"
	"realnet/artifacts/schemas/statistics"
)

// writeTables writes the results as Parquet and as CSV.
func writeTables(w *artifacts.Writer, rows []statistics.Row) error {
	var text bytes.Buffer
	out := csv.NewWriter(&text)
	header := []string{"name", "family", "value", "ci_low", "ci_high", "p", "p_adjusted", "n", "unit", "test", "check", "model", "layer", "subject", "roi", "time", "text"}
	if err := out.Write(header); err != nil {
		return err
	}
	for _, r := range rows {
		err := out.Write([]string{
			r.Name, r.Family, cell(r.Value), cell(r.CILow), cell(r.CIHigh), cell(r.P), cell(r.PAdj), strconv.FormatInt(r.N, 10),
			r.Unit, r.Test, r.Check, r.Model, r.Layer, r.Subject, r.ROI, cell(r.Time), r.Text,
		})
		if err != nil {
			return err
		}
	}
	if out.Flush(); out.Error() != nil {
		return fmt.Errorf("tables: %w", out.Error())
	}
	return writeFile(w, "tables/results.csv", text.Bytes())
}

func cell(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}
