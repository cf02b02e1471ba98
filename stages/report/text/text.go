// Package text holds the sentences of the report as templates: summary and methods of a
// page, titles and captions of figures. The packages that show them fill in the values.
package text

import (
	"embed"
	"io/fs"
	"strings"
	"text/template"
)

//go:embed *.tmpl
var files embed.FS

// Files are the templates.
func Files() fs.FS { return files }

var captions = template.Must(template.New("captions").Option("missingkey=error").Funcs(template.FuncMap{
	"join": func(list []string) string { return strings.Join(list, ", ") },
}).ParseFS(files, "captions.tmpl"))

// Values are what a title or caption says, by the names that the template has for them.
type Values map[string]any

// Figure is the title and the caption of a kind of figure.
func Figure(kind string, v Values) (title, caption string) {
	return say("title-"+kind, v), say("caption-"+kind, v)
}

// say renders a block in one line.
func say(block string, v Values) string {
	var out strings.Builder
	if err := captions.ExecuteTemplate(&out, block, v); err != nil {
		panic("report: " + err.Error()) // the template and its values are both of this program
	}
	return strings.Join(strings.Fields(out.String()), " ")
}
