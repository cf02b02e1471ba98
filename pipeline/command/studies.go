package command

import (
	"fmt"

	"realnet/pipeline"
)

// Studies lists the bundled studies, prints one or writes one.
type Studies struct {
	List StudiesList `cmd:"" default:"1" help:"List the bundled studies."`
	Show StudiesShow `cmd:"" help:"Print the YAML of a study, as a template for your own."`
	New  StudiesNew  `cmd:"" help:"Write a study file for a folder of your own data."`
}

// Examples of the commands.
func (*Studies) Examples() string {
	return "realnet studies list\nrealnet studies show demo"
}

// StudiesList lists the bundled studies.
type StudiesList struct{}

// Run prints a line per study.
func (StudiesList) Run(a *App) error {
	for _, name := range pipeline.BundledStudies() {
		s, err := pipeline.LoadStudy(name, nil)
		if err != nil {
			return err
		}
		fmt.Fprintf(a.Stdout, "%-16s %s\n", name, s.About)
	}
	return nil
}

// StudiesShow prints one study.
type StudiesShow struct {
	Name string `arg:"" help:"Name of a bundled study."`
}

// Examples of the command.
func (*StudiesShow) Examples() string {
	return "realnet studies show haxby > mine.yaml\nrealnet reproduce mine.yaml --data ../data"
}

// Run prints the YAML.
func (c *StudiesShow) Run(a *App) error {
	_, text, err := pipeline.StudyText(c.Name)
	if err != nil {
		return err
	}
	_, err = a.Stdout.Write(text)
	return err
}
