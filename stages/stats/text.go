package stats

import (
	"embed"
	"strings"
	"text/template"

	"realnet/artifacts/schemas/statistics"
)

//go:embed text/rows.tmpl
var texts embed.FS

// rowTexts are the sentences of rows. They are with the stage that makes the rows,
// because its artifact must be readable without a report.
var rowTexts = template.Must(template.New("rows").Option("missingkey=error").ParseFS(texts, "text/rows.tmpl"))

// words are what a sentence says, by the names that the template has for them.
type words map[string]any

// say renders a block of the templates in one line.
func say(block string, values words) string {
	var out strings.Builder
	if err := rowTexts.ExecuteTemplate(&out, block, values); err != nil {
		panic("stats: " + err.Error()) // the template and its values are both of this package
	}
	return strings.Join(strings.Fields(out.String()), " ")
}

// meaning is the sentence of a row.
func meaning(block string, row statistics.Row, values words) string {
	all := words{"Row": row}
	for k, v := range values {
		all[k] = v
	}
	return say(block, all)
}
