// Command programs builds one program per stage.
//
//	go run ./ci/programs -out DIR [STAGE ...]
//
// Each program keeps the contract of a stage (package step) and links that one
// stage, so its bytes change only when the code of the stage, or what runs it,
// does: a container executor keys its cache on them. The identity of the stage's
// code, which artifacts record, is that of the program as a whole: the same
// stage gives the same artifact in either.
//
// The mains are generated and laid over the tree (go build -overlay); nothing is
// written into it. GOOS, GOARCH and GOFLAGS work as usual.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"realnet/pipeline/identity"
	"realnet/stages/all"
)

func main() {
	out := flag.String("out", "", "`folder` for the programs, one file a stage")
	root := flag.String("root", ".", "root `folder` of the module")
	flag.Parse()
	if *out == "" {
		fmt.Fprintln(os.Stderr, "programs: give -out DIR")
		os.Exit(2)
	}
	if err := Build(*root, *out, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "programs:", err)
		os.Exit(1)
	}
}

// Build builds the programs of the named stages, of all when there is none, from
// the module at root into the folder out.
func Build(root, out string, names []string) error {
	known := all.Stages().Names()
	if len(names) == 0 {
		names = known
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return fmt.Errorf("no stage %q (stages: %v)", name, known)
		}
	}
	root, err := filepath.Abs(root)
	if err != nil {
		return err
	}
	if out, err = filepath.Abs(out); err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	temp, err := os.MkdirTemp("", "programs-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	packages, overlay, err := write(root, temp, names)
	if err != nil {
		return err
	}
	args := []string{"build", "-overlay", overlay, "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", out + string(filepath.Separator)}
	cmd := exec.Command("go", append(args, packages...)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = root, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	return cmd.Run()
}

// write writes the mains and the overlay that puts them into the tree.
func write(root, temp string, names []string) (packages []string, overlay string, err error) {
	sources, err := identity.New(os.DirFS(root))
	if err != nil {
		return nil, "", err
	}
	replace := map[string]string{}
	for _, name := range names {
		code, err := sources.Of("stages/" + name)
		if err != nil {
			return nil, "", err
		}
		text, err := format.Source(fmt.Appendf(nil, program, name, name, code, name))
		if err != nil {
			return nil, "", err
		}
		file := filepath.Join(temp, name+".go")
		if err := os.WriteFile(file, text, 0o644); err != nil {
			return nil, "", err
		}
		replace[filepath.Join(root, "ci", "programs", name, "main.go")] = file
		packages = append(packages, "./ci/programs/"+name)
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return nil, "", err
	}
	overlay = filepath.Join(temp, "overlay.json")
	return packages, overlay, errors.Join(err, os.WriteFile(overlay, text, 0o644))
}

const program = `// Command %s is the stage of that name as a program.
package main

import (
	"os"

	"realnet/pipeline/step"
	"realnet/stages/%s"
)

const code = %q

func main() { os.Exit(step.Main(%s.Stage, code, os.Args[1:], os.Stdout, os.Stderr)) }
`
