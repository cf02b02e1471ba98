package bids

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// WriteTable writes a table as .tsv. Folders are made, and the file appears under its
// name only when it is whole; the same holds for the other writers.
func WriteTable(path string, t *Table) error { return writeFile(path, t.Encode()) }

// WriteSidecar writes the metadata of a run, or of all runs when path is at the root.
func WriteSidecar(path string, s *Sidecar) error { return writeJSON(path, s) }

// WriteDescription writes dataset_description.json of a dataset.
func WriteDescription(root string, d Description) error {
	return writeJSON(filepath.Join(root, "dataset_description.json"), d)
}

func writeJSON(path string, value any) error {
	raw, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return fmt.Errorf("bids: write %s: %w", path, err)
	}
	return writeFile(path, append(raw, '\n'))
}

func writeFile(path string, raw []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("bids: %w", err)
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".bids-*")
	if err != nil {
		return fmt.Errorf("bids: %w", err)
	}
	_, err = file.Write(raw)
	err = errors.Join(err, file.Chmod(0o644), file.Sync(), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("bids: write %s: %w", path, errors.Join(err, os.Remove(file.Name())))
	}
	return nil
}
