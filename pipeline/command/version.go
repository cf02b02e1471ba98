package command

import (
	"crypto/sha256"
	"encoding/hex"
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

// version is stamped (-ldflags -X) by builds that have no records of git, such as those
// in containers.
var version string

// Run prints the version, and the digest of the code of all stages: which is the
// same for every build of the same sources with the same Go.
func (c *Version) Run(a *App) error {
	code, err := a.Code()
	if err != nil {
		return err
	}
	is := version
	if info, ok := debug.ReadBuildInfo(); ok && is == "" {
		is = info.Main.Version
	}
	if is == "" {
		is = "(devel)"
	}
	stages, all := map[string]string{}, sha256.New()
	for _, name := range a.Registry.Names() {
		if stages[name], err = code.Of("stages/" + name); err != nil {
			return err
		}
		fmt.Fprintf(all, "%s %s\n", name, stages[name])
	}
	sum := "code:" + hex.EncodeToString(all.Sum(nil))
	if c.JSON {
		return printJSON(a.Stdout, map[string]any{
			"version": is, "code": sum, "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH, "stages": stages,
		})
	}
	fmt.Fprintf(a.Stdout, "realnet %s %.17s %s %s/%s\n", is, sum, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}
