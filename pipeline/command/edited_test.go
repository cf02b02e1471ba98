package command

import (
	"io/fs"
	"testing/fstest"
)

// edited is a source tree with some files replaced.
type edited struct {
	fs.FS
	files map[string]string
}

func (e edited) Open(name string) (fs.File, error) {
	if text, ok := e.files[name]; ok {
		return fstest.MapFS{name: {Data: []byte(text)}}.Open(name)
	}
	return e.FS.Open(name)
}

func (e edited) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(e.FS, name) }
