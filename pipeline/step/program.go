package step

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"time"

	exact "github.com/go-json-experiment/json"

	"realnet/artifacts"
)

// Program is an executable that keeps the stage contract:
//
//	PROGRAM --params params.json --in PORT=DIR [--in PORT=DIR ...] --out DIR
//
// REALNET_STAGE names the stage, REALNET_WORKERS the cores it may use and
// REALNET_SCRATCH a folder that survives a killed run. It writes log lines to
// standard error, exits 0, or leaves the output folder absent.
type Program struct {
	Command []string
	Digest  string // of the file or folder; part of the key
}

func (p *Program) String() string {
	if p == nil {
		return "(built in)"
	}
	return strings.Join(p.Command, " ")
}

// ErrNoOutput is returned when a program exits 0 and leaves no output.
var ErrNoOutput = errors.New("exited 0 but wrote nothing")

// ParseSwap reads STAGE=PROGRAM [ARG ...] of --swap. The program is a file, or
// a folder with an executable named run; its content is part of the key. Words are
// quoted as in a shell; a path with spaces that is there as it stands needs no quotes.
func ParseSwap(text string) (stageName string, p Program, err error) {
	name, command, ok := strings.Cut(text, "=")
	words := []string{command}
	if _, err := os.Stat(command); err != nil {
		if words, err = commandWords(command); err != nil {
			return "", p, fmt.Errorf("--swap %q: %w", text, err)
		}
	}
	if !ok || name == "" || len(words) == 0 {
		return "", p, fmt.Errorf("--swap %q: write STAGE=PROGRAM, such as rdm=./my-rdm", text)
	}
	file := words[0]
	if !strings.ContainsRune(file, filepath.Separator) {
		if found, err := exec.LookPath(file); err == nil {
			file = found
		}
	}
	if file, err = filepath.Abs(file); err != nil {
		return "", p, err
	}
	if p.Digest, err = digestTree(file, words[1:]); err != nil {
		return "", p, fmt.Errorf("--swap %s: %w", name, err)
	}
	info, err := os.Stat(file)
	if err != nil {
		return "", p, fmt.Errorf("--swap %s: %w", name, err)
	}
	if info.IsDir() {
		file = filepath.Join(file, "run")
		if info, err = os.Stat(file); err != nil {
			return "", p, fmt.Errorf("--swap %s: a folder needs an executable named run: %w", name, err)
		}
	}
	if info.Mode()&0o111 == 0 {
		return "", p, fmt.Errorf("--swap %s: %s is not executable: chmod +x it", name, file)
	}
	p.Command = append([]string{file}, words[1:]...)
	return name, p, nil
}

// digestTree digests a file, or all files below a folder, and the arguments.
func digestTree(root string, args []string) (string, error) {
	h := sha256.New()
	var files []string
	err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, p)
		}
		return err
	})
	if err != nil {
		return "", err
	}
	sort.Strings(files)
	for _, f := range files {
		rel, err := filepath.Rel(root, f)
		if err != nil {
			return "", err
		}
		in, err := os.Open(f)
		if err != nil {
			return "", err
		}
		sum := sha256.New()
		_, err = io.Copy(sum, in)
		in.Close()
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%q %x\n", rel, sum.Sum(nil))
	}
	fmt.Fprintf(h, "%q\n", args)
	return "program:" + hex.EncodeToString(h.Sum(nil)), nil
}

// Args is the command line of the contract after the program's own arguments: its
// parameters are in the file params.
func (t Task) Args(params, out string) []string {
	args := []string{"--params", params}
	for _, port := range t.Stage.In {
		for _, a := range t.In[port.Name] {
			args = append(args, "--in", port.Name+"="+a.Dir())
		}
		if e, ok := t.Externals[port.Name]; ok {
			args = append(args, "--in", port.Name+"="+e.Path)
		}
	}
	return append(args, "--out", out)
}

// Run runs the program in place of the stage of t and seals what it wrote into
// the artifact at out, which must not exist. What the program prints is logged.
func (p Program) Run(ctx context.Context, t Task, out string) (*artifacts.Artifact, error) {
	// Beside the output, so that one file system must have room, not two.
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return nil, err
	}
	work, err := os.MkdirTemp(filepath.Dir(out), ".program-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	paramsFile := filepath.Join(work, "params.json")
	if err := os.WriteFile(paramsFile, t.Params, 0o644); err != nil {
		return nil, err
	}
	words := NewOutput(t)
	cmd := exec.CommandContext(ctx, p.Command[0], append(append([]string{}, p.Command[1:]...), t.Args(paramsFile, out)...)...)
	cmd.Env = append(os.Environ(),
		"REALNET_STAGE="+t.Stage.Name, "REALNET_SCRATCH="+t.Scratch, "REALNET_WORKERS="+strconv.Itoa(t.Workers))
	cmd.Stderr, cmd.Stdout = words, words
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	started := time.Now()
	err = cmd.Run()
	words.Close()
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, words.Failure(strings.Join(p.Command, " ") + ": " + howItEnded(err))
	}
	if err := t.externalsUnchanged(ctx); err != nil {
		return nil, err
	}
	prov := t.Provenance
	prov.Host, prov.Started, prov.Wall = artifacts.ThisHost(), started, time.Since(started)
	if prov, err = t.withoutFacts(prov); err != nil {
		return nil, err
	}
	if _, err := os.Stat(out); errors.Is(err, fs.ErrNotExist) {
		return nil, p.badOutput(t, out, ErrNoOutput)
	}
	if err := checkSchema(out, t.Stage.Out); err != nil {
		return nil, p.badOutput(t, out, err)
	}
	a, err := artifacts.Seal(out, t.Stage.Out, prov)
	if err != nil {
		return nil, p.badOutput(t, out, err)
	}
	return a, nil
}

// checkSchema compares the schema that a program says it wrote with the one
// that its stage must write. A program need not write a manifest at all.
func checkSchema(dir string, want artifacts.Schema) error {
	text, err := os.ReadFile(filepath.Join(dir, artifacts.ManifestName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var m struct {
		Schema artifacts.SchemaRef `json:"schema"`
	}
	if err := exact.Unmarshal(text, &m); err != nil {
		return fmt.Errorf("%s: %w", artifacts.ManifestName, err)
	}
	if m.Schema != (artifacts.SchemaRef{}) && m.Schema != want.Ref() {
		return fmt.Errorf("%w: it wrote %s, the stage writes %s", artifacts.ErrSchema, m.Schema, want.Ref())
	}
	return nil
}

// badOutput reports what a program left behind that is not the artifact of its
// stage.
func (p *Program) badOutput(t Task, dir string, err error) error {
	return fmt.Errorf("stage %s: program %s left no valid output in %s: %w", t.Stage.Name, p, dir, err)
}
