package stage

import (
	"fmt"
	"os"
	"runtime/debug"

	"github.com/rs/zerolog"

	"realnet/artifacts"
)

// Env is what one run of a stage may touch.
type Env struct {
	In      map[string][]*artifacts.Artifact // by port, in the order given
	Folders map[string]string                // plain directories by port ([Folder])
	Out     *artifacts.Writer
	Workers int // goroutines that the run may keep busy; never changes a result
	Log     zerolog.Logger
	// Progress reports work done of a total, in units of the stage's choice.
	// It may be called from any goroutine and is never nil.
	Progress func(done, total int64, note string)
	// Scratch is a directory that survives a killed run of the same key, so
	// that long work (downloads, training) resumes. It is removed after success.
	// What is in it never changes a result.
	Scratch string
}

// One returns the single artifact of a port. It panics when there is none:
// the ports are checked before a stage runs.
func (e *Env) One(port string) *artifacts.Artifact {
	list := e.In[port]
	if len(list) != 1 {
		panic(fmt.Sprintf("port %s has %d artifacts, want 1", port, len(list)))
	}
	return list[0]
}

// Maybe returns the artifact of an optional port, or nil.
func (e *Env) Maybe(port string) *artifacts.Artifact {
	if len(e.In[port]) == 0 {
		return nil
	}
	return e.In[port][0]
}

// ScratchDir makes sure that the scratch directory exists and returns it.
func (e *Env) ScratchDir() (string, error) {
	if e.Scratch == "" {
		return "", fmt.Errorf("this run has no scratch directory")
	}
	return e.Scratch, os.MkdirAll(e.Scratch, 0o755)
}

func stack() string { return string(debug.Stack()) }
