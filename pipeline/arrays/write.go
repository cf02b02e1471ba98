package arrays

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strconv"

	"realnet/artifacts"
	"realnet/data/array"
	"realnet/data/npy"
)

// WriteNPY writes a little-endian C-order .npy.
func WriteNPY[T float32 | float64 | int64 | int32 | uint8](path string, shape []int, values []T) error {
	return WriteFile(path, func(w io.Writer) error { return npy.Write(w, array.Of(shape, values)) })
}

// WriteCSV writes numbers, a row of the last axis a line, separated by commas;
// an array of one axis has one value per line. Each number reads back as itself.
func WriteCSV[T float32 | float64 | int64 | int32 | uint8](path string, shape []int, values []T) error {
	columns, bits := 1, 64
	if len(shape) > 1 {
		columns = shape[len(shape)-1]
	}
	if _, single := any(values).([]float32); single {
		bits = 32
	}
	return WriteFile(path, func(w io.Writer) error {
		var line []byte
		for i, v := range values {
			line = strconv.AppendFloat(line, float64(v), 'g', -1, bits)
			if (i+1)%columns != 0 {
				line = append(line, ',')
				continue
			}
			if _, err := w.Write(append(line, '\n')); err != nil {
				return err
			}
			line = line[:0]
		}
		return nil
	})
}

// WriteFile writes a file under a temporary name and moves it to path once it is
// whole. Missing folders are made.
func WriteFile(path string, write func(io.Writer) error) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
			err = fmt.Errorf("%s: %w", path, err)
		}
	}()
	b := bufio.NewWriterSize(f, 1<<18)
	if err := write(b); err != nil {
		return err
	}
	if err := b.Flush(); err != nil {
		return err
	}
	if err := f.Chmod(0o644); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// WriteParquet writes rows of a struct with col tags (see artifacts.TableOf).
func WriteParquet[T any](path string, rows iter.Seq[T]) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("%s: %w", path, err)
		}
	}()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	const table = "table.parquet"
	schema := artifacts.Schema{Name: "file", Version: 1, Files: []artifacts.FileSpec{artifacts.TableOf[T](table)}}
	w, err := artifacts.Create(filepath.Join(tmp, "file"), schema)
	if err != nil {
		return err
	}
	defer w.Abort()
	t, err := artifacts.NewTableWriter[T](w, table)
	if err != nil {
		return err
	}
	for row := range rows {
		if err := t.Append(row); err != nil {
			return err
		}
	}
	if err := t.Close(); err != nil {
		return err
	}
	a, err := w.Commit(artifacts.Provenance{Stage: "file", Params: json.RawMessage("{}"), Machine: artifacts.ThisMachine()})
	if err != nil {
		return err
	}
	return os.Rename(filepath.Join(a.Dir(), table), path)
}
