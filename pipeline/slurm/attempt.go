package slurm

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"realnet/artifacts"
)

// attempt is one try at a node: a folder below the store. Its files are the memory that
// outlives the head.
//
//	params.json, run   what is run
//	batch              "TOKEN INDEX", written before sbatch: from then on it may run
//	claim              link to JOB_INDEX, made by the job that runs it
//	log, exit, out/    what the stage said, how it ended, its artifact
//	over               Slurm's last word; the attempt is not attached to again
type attempt struct {
	dir   string
	token string // "" until it is to be submitted
	index int
}

// jobDir is the folder of a node's attempts.
func jobDir(store *artifacts.Store, key string) string {
	return filepath.Join(store.Dir(), "slurm", "jobs", artifacts.NewDigest([]byte(key)).Hex()[:32])
}

// lastAttempt returns the newest attempt of a node, which may be running. An attempt
// that was never to be submitted is removed: nobody can run it.
func lastAttempt(dir string) (a *attempt, number int, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, 0, err
	}
	for _, e := range entries {
		if n, err := strconv.Atoi(e.Name()); err == nil {
			number = max(number, n)
		}
	}
	if number == 0 {
		return nil, 0, nil
	}
	a = &attempt{dir: filepath.Join(dir, strconv.Itoa(number))}
	if a.has("over") {
		return nil, number, nil
	}
	text, err := os.ReadFile(a.path("batch"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, number - 1, os.RemoveAll(a.dir)
	}
	if err != nil {
		return nil, number, err
	}
	if _, err := fmt.Sscanf(string(text), "%s %d", &a.token, &a.index); err != nil {
		return nil, number, fmt.Errorf("%s: %w", a.path("batch"), err)
	}
	return a, number, nil
}

// newAttempt makes the folder of the attempt of that number. It fails with ErrExist when
// another head was quicker.
func newAttempt(dir string, number int) (*attempt, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	a := &attempt{dir: filepath.Join(dir, strconv.Itoa(number))}
	return a, os.Mkdir(a.dir, 0o755)
}

func (a *attempt) path(name string) string { return filepath.Join(a.dir, name) }

func (a *attempt) has(name string) bool {
	_, err := os.Lstat(a.path(name))
	return err == nil
}

// hold is the name under which the store keeps the attempt's inputs.
func (a *attempt) hold() string {
	return "slurm-" + filepath.Base(filepath.Dir(a.dir)) + "-" + filepath.Base(a.dir)
}

// setBatch notes what the attempt is submitted as. It must be on the disk before sbatch
// is called.
func (a *attempt) setBatch(token string, index int) error {
	a.token, a.index = token, index
	return artifacts.ReplaceFile(a.path("batch"), fmt.Appendf(nil, "%s %d\n", token, index))
}

// end notes that the attempt is over.
func (a *attempt) end(why string) error {
	return artifacts.ReplaceFile(a.path("over"), []byte(why+"\n"))
}

// claim is the job that runs the attempt, JOB_INDEX, or "".
func (a *attempt) claim() string {
	to, err := os.Readlink(a.path("claim"))
	if err != nil {
		return ""
	}
	return to
}

// files reads what the job has left so far. The folder is listed and only what is there
// is opened: asking for a file that is not there yet would make a network file system
// remember for a minute that it is not. Making and removing a file of our own first
// makes it look at the folder anew.
func (a *attempt) files() (exit *exitFile, log, claimed bool, err error) {
	fresh, err := os.CreateTemp(a.dir, ".look-*")
	if err == nil {
		fresh.Close()
		os.Remove(fresh.Name())
	} // a full disk: look at what is known
	entries, err := os.ReadDir(a.dir)
	if err != nil {
		return nil, false, false, err
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
		if e.Name() == "log" {
			info, err := e.Info()
			log = err == nil && info.Size() > 0
		}
	}
	if slices.Contains(names, "exit") {
		if exit, err = readExit(a.path("exit")); err != nil {
			return nil, log, false, err
		}
	}
	return exit, log, slices.Contains(names, "claim"), nil
}

func readExit(path string) (*exitFile, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	f := strings.Fields(string(text))
	if len(f) < 3 {
		return nil, fmt.Errorf("%s: %q: want a code, a job, restarts and a node", path, text)
	}
	e := &exitFile{job: f[1]}
	if e.code, err = strconv.Atoi(f[0]); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if e.restarts, err = strconv.Atoi(f[2]); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(f) > 3 {
		e.node = f[3]
	}
	return e, nil
}

// logFrom reads the log from an offset on, at most a mebibyte.
func (a *attempt) logFrom(offset int64) ([]byte, error) {
	f, err := os.Open(a.path("log"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	buffer := make([]byte, 1<<20)
	n, err := f.ReadAt(buffer, offset)
	if n > 0 {
		err = nil
	}
	return buffer[:n], err
}
