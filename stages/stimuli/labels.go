package stimuli

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
)

// readLabels reads a table of labels by image name. Without a column label, classes
// are numbered in byte order of their names.
func readLabels(file, name string) (map[string]label, error) {
	in, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("labels: %w", err)
	}
	defer in.Close()
	r := csv.NewReader(in)
	if path.Ext(name) == ".tsv" {
		r.Comma, r.LazyQuotes = '\t', true
	}
	header, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	header[0] = strings.TrimPrefix(header[0], "\ufeff")
	column := func(key string) int { return slices.Index(header, key) }
	nameAt, subsetAt, labelAt, classAt := column("name"), column("subset"), column("label"), column("class")
	if nameAt < 0 {
		return nil, fmt.Errorf("%s: no column \"name\" among %q", name, header)
	}
	labels := map[string]label{}
	var classes []string
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		line, _ := r.FieldPos(0)
		l := label{label: -1}
		if subsetAt >= 0 {
			l.subset = row[subsetAt]
		}
		if classAt >= 0 {
			l.class = row[classAt]
			classes = append(classes, l.class)
		}
		if labelAt >= 0 {
			n, err := strconv.ParseInt(row[labelAt], 10, 32)
			if err != nil {
				return nil, fmt.Errorf("%s:%d: label %q is no whole number", name, line, row[labelAt])
			}
			l.label = int32(n)
		}
		if _, twice := labels[row[nameAt]]; twice {
			return nil, fmt.Errorf("%s:%d: image %q twice", name, line, row[nameAt])
		}
		labels[row[nameAt]] = l
	}
	if labelAt < 0 && classAt >= 0 {
		slices.Sort(classes)
		classes = slices.Compact(classes)
		for key, l := range labels {
			at, _ := slices.BinarySearch(classes, l.class)
			l.label = int32(at)
			labels[key] = l
		}
	}
	return labels, nil
}
