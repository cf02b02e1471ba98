// Package openfile opens files for the readers of formats that need the size of a file and
// read from it later.
package openfile

import (
	"fmt"
	"io"
	"os"
)

// Sized opens path and gives the file and its size to read. It returns what read returns,
// and the open file, which the caller must close; after an error it is closed. Errors of
// read name the path.
func Sized[T any](path string, read func(r io.ReaderAt, size int64) (T, error)) (value T, file *os.File, err error) {
	if file, err = os.Open(path); err != nil {
		return value, nil, err
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return value, nil, err
	}
	if value, err = read(file, info.Size()); err != nil {
		file.Close()
		return value, nil, fmt.Errorf("%s: %w", path, err)
	}
	return value, file, nil
}
