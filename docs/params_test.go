// Package docs_test holds the pages to the program that they describe.
package docs_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"realnet/artifacts"
	"realnet/pipeline"
	"realnet/stages"
	"realnet/stages/all"
	"realnet/stages/stage"
)

//go:generate go test . -run TestParametersPage -write-parameters

var writeParameters = flag.Bool("write-parameters", false, "write parameters.md instead of comparing it")

// TestParametersPage fails when parameters.md is not what the stages say about
// themselves.
func TestParametersPage(t *testing.T) {
	want := parametersPage(all.Stages())
	if *writeParameters {
		if err := os.WriteFile("parameters.md", want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile("parameters.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("parameters.md does not match the stages: run go generate ./docs")
	}
}

// TestStudyPageNamesEveryField fails when study-file.md leaves out a field of
// the study or a section of it that is no stage's parameters.
func TestStudyPageNamesEveryField(t *testing.T) {
	text, err := os.ReadFile("study-file.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range studyFields("", reflect.TypeFor[pipeline.Study]()) {
		if !bytes.Contains(text, []byte("`"+name+"`")) {
			t.Errorf("study-file.md does not mention `%s`", name)
		}
	}
}

// studyFields lists the dotted names of a study's fields: sections named after
// a stage by their name alone (parameters.md has the rest), the others
// field by field.
func studyFields(prefix string, t reflect.Type) []string {
	var names []string
	for i := range t.NumField() {
		f := t.Field(i)
		tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		name := prefix + tag
		inner := f.Type
		for inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Slice {
			inner = inner.Elem()
		}
		_, isStage := all.Stages().Get(name)
		switch {
		case tag == "" && f.Anonymous && inner.Kind() == reflect.Struct:
			names = append(names, studyFields(prefix, inner)...)
		case inner.Kind() == reflect.Struct && !isStage && strings.HasPrefix(inner.PkgPath(), "realnet/pipeline"):
			names = append(names, studyFields(name+".", inner)...)
		default:
			names = append(names, name)
		}
	}
	return names
}

func parametersPage(registry stages.Registry) []byte {
	var b bytes.Buffer
	b.WriteString(`# Stages and their parameters

What ` + "`realnet stage NAME --describe`" + ` says, for every stage: what goes in, what comes out, and each
parameter with its type and default. In a [study file](study-file.md) the parameters of a stage stand
in the section that has its name; ` + "`--set`" + ` takes them as SECTION.NAME.

This page is written by ` + "`go generate ./docs`" + `; a test fails when it is out of date.

`)
	for _, name := range registry.Names() {
		s, _ := registry.Get(name)
		fmt.Fprintf(&b, "- [%s](#%s): %s\n", name, name, s.Doc)
	}
	for _, name := range registry.Names() {
		s, _ := registry.Get(name)
		writeStage(&b, s.Describe())
	}
	return b.Bytes()
}

func writeStage(b *bytes.Buffer, d stage.Description) {
	fmt.Fprintf(b, "\n## %s\n\n%s\n\n", d.Name, d.Doc)
	for _, p := range d.Inputs {
		how := "one"
		switch {
		case p.Many && p.Optional:
			how = "any number, or none"
		case p.Many:
			how = "one or more"
		case p.Optional:
			how = "one, or none"
		}
		fmt.Fprintf(b, "- in `%s`: %s (%s; %s)\n", p.Name, p.Doc, strings.Join(p.Schemas, " or "), how)
	}
	fmt.Fprintf(b, "- out: `%s`, version %d: %s. Files: %s\n", d.Output.Name, d.Output.Version, d.Output.Doc, files(d.Output))
	if len(d.Parameters) == 0 {
		return
	}
	b.WriteString("\n| parameter | type | default | |\n|---|---|---|---|\n")
	for _, p := range d.Parameters {
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", p.Name, cell(p.Type), value(p.Default), cell(p.Doc))
	}
}

func files(s artifacts.Schema) string {
	var names []string
	for _, f := range s.Files {
		text := "`" + f.Name + "`"
		if f.Optional {
			text += " (may be absent)"
		}
		if strings.HasPrefix(f.Name, "files/*/") {
			continue // deeper folders of the same
		}
		names = append(names, text)
	}
	return strings.Join(names, ", ")
}

// value shows a default as JSON in a table's cell; nothing for an empty one.
func value(raw []byte) string {
	switch s := string(raw); s {
	case `""`, "null", "[]":
		return ""
	default:
		return "`" + cell(s) + "`"
	}
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }
