package stage

import (
	"encoding/json"
	"reflect"

	"realnet/artifacts"
)

// Description is what `realnet stage NAME --describe` prints.
type Description struct {
	Name       string           `json:"name"`
	Doc        string           `json:"doc"`
	Inputs     []Port           `json:"inputs"`
	Output     artifacts.Schema `json:"output"`
	Network    bool             `json:"network,omitempty"`
	Parameters []Parameter      `json:"parameters"`
}

// Parameter describes one parameter of a stage.
type Parameter struct {
	Name    string          `json:"name"`
	Type    string          `json:"type"`
	Default json.RawMessage `json:"default"`
	Doc     string          `json:"doc,omitempty"`
}

// Describe lists the stage's ports, schemas and parameters with their defaults.
func (s Stage) Describe() Description {
	d := Description{Name: s.Name, Doc: s.Doc, Inputs: s.In, Output: s.Out, Network: s.Network}
	d.Parameters = parameters("", reflect.ValueOf(s.defaults), nil)
	return d
}

// parameters flattens nested structs to dotted names, as --set takes them.
func parameters(prefix string, v reflect.Value, list []Parameter) []Parameter {
	t := v.Type()
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous && f.Type.Kind() == reflect.Struct {
			list = parameters(prefix, v.Field(i), list)
			continue
		}
		name := JSONName(f)
		if name == "" {
			continue
		}
		if f.Type.Kind() == reflect.Struct {
			list = parameters(prefix+name+".", v.Field(i), list)
			continue
		}
		text, err := json.Marshal(v.Field(i).Interface())
		if err != nil {
			text = []byte("null")
		}
		list = append(list, Parameter{Name: prefix + name, Type: f.Type.String(), Default: text, Doc: f.Tag.Get("doc")})
	}
	return list
}
