package arrays

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"realnet/data/file"
)

// ReadLabels reads labels: a text file with one a line, or a file of any other format
// with one array of strings or whole numbers. A label may not be empty.
func ReadLabels(ctx context.Context, path string) ([]string, error) {
	if format, err := file.Format(path); err == nil && format != file.Text && format != file.Parquet {
		return labelsOfArray(ctx, path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	body := strings.TrimRight(strings.TrimPrefix(string(text), "\ufeff"), "\r\n")
	if body == "" {
		return nil, fmt.Errorf("%s: %w: the file is empty", path, ErrLabels)
	}
	labels := strings.Split(body, "\n")
	for i := range labels {
		if labels[i] = strings.TrimSpace(labels[i]); labels[i] == "" {
			return nil, fmt.Errorf("%s: %w: line %d is empty", path, ErrLabels, i+1)
		}
	}
	return labels, nil
}

// NamesFile is where the names of the conditions of an array are: beside it, so that
// rdm.npy has rdm.names.txt.
func NamesFile(path string) string {
	return strings.TrimSuffix(path, filepath.Ext(path)) + ".names.txt"
}

// WriteLabels writes labels, one a line.
func WriteLabels(path string, labels []string) error {
	return WriteFile(path, func(w io.Writer) error {
		_, err := io.WriteString(w, strings.Join(labels, "\n")+"\n")
		return err
	})
}

func labelsOfArray(ctx context.Context, path string) ([]string, error) {
	f, err := file.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var texts []*file.Array
	for _, a := range f.Arrays {
		if a.DType == "string" {
			texts = append(texts, a)
		}
	}
	if len(texts) == 1 {
		return texts[0].Strings()
	}
	a, err := f.Array("")
	if err != nil {
		return nil, err
	}
	values, err := a.Float64(ctx)
	if err != nil {
		return nil, fmt.Errorf("%s: labels are strings or whole numbers: %w", path, err)
	}
	labels := make([]string, len(values))
	for i, v := range values {
		if v != float64(int64(v)) {
			return nil, fmt.Errorf("%s: %w: labels are strings or whole numbers, value %d is %v", path, ErrLabels, i, v)
		}
		labels[i] = strconv.FormatInt(int64(v), 10)
	}
	return labels, nil
}
