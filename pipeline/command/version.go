package command

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// Version prints what the program is.
type Version struct {
	JSON bool `help:"Print JSON, with the code identity of every stage."`
}

// Examples of the command.
func (*Version) Examples() string { return "realnet version\nrealnet version --json" }

// Run prints the version.
func (c *Version) Run(a *App) error {
	code, err := a.Code()
	if err != nil {
		return err
	}
	version := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		version = info.Main.Version
	}
	stages := map[string]string{}
	for _, name := range a.Registry.Names() {
		if stages[name], err = code.Of("stages/" + name); err != nil {
			return err
		}
	}
	if c.JSON {
		return printJSON(a.Stdout, map[string]any{
			"version": version, "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH, "stages": stages,
		})
	}
	fmt.Fprintf(a.Stdout, "realnet %s %s %s/%s\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}
