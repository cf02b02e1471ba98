package synth

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/sourcegraph/conc/pool"

	"realnet/artifacts"
	"realnet/artifacts/schemas/dataset"
)

// output collects the files of the dataset. It may be used by several goroutines.
type output struct {
	w    *artifacts.Writer
	mu   sync.Mutex
	rows []dataset.File
}

// source is what files.parquet says of every file.
const source = "synth"

// file writes one file, named relative to the dataset's root.
func (o *output) file(name string, write func(io.Writer) error) error {
	f, err := o.w.File(path.Join(dataset.Root, name))
	if err != nil {
		return err
	}
	meter := &meter{hash: sha256.New()}
	b := bufio.NewWriterSize(io.MultiWriter(f, meter), 1<<16)
	err = write(b)
	if err == nil {
		err = b.Flush()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.rows = append(o.rows, dataset.File{Path: name, Size: meter.size, SHA256: hex.EncodeToString(meter.hash.Sum(nil)), Source: source})
	return nil
}

func (o *output) text(name, text string) error {
	return o.file(name, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
}

func (o *output) json(name string, value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return o.text(name, string(text)+"\n")
}

// finish writes the list of the files.
func (o *output) finish() error {
	slices.SortFunc(o.rows, func(a, b dataset.File) int { return strings.Compare(a.Path, b.Path) })
	return artifacts.WriteTable(o.w, dataset.FilesTable, o.rows)
}

// meter hashes and counts.
type meter struct {
	hash hash.Hash
	size int64
}

func (m *meter) Write(p []byte) (int, error) {
	m.size += int64(len(p))
	return m.hash.Write(p)
}

// parallel calls do for 0 to n-1, at most workers at once, and stops at the first error.
func parallel(ctx context.Context, workers, n int, do func(i int) error) error {
	g := pool.New().WithMaxGoroutines(max(workers, 1)).WithContext(ctx).WithCancelOnError().WithFirstError()
	for i := range n {
		g.Go(func(ctx context.Context) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return do(i)
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}
