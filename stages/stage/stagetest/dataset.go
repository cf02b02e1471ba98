package stagetest

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"realnet/artifacts"
	"realnet/artifacts/schemas/dataset"
)

// Dataset makes a dataset artifact of files by path.
func Dataset(t testing.TB, files map[string][]byte) *artifacts.Artifact {
	t.Helper()
	return Make(t, dataset.Schema, func(w *artifacts.Writer) error {
		var rows []dataset.File
		for name, content := range files {
			f, err := w.File(dataset.Root + "/" + name)
			if err != nil {
				return err
			}
			if _, err := f.Write(content); err != nil {
				return err
			}
			if err := f.Close(); err != nil {
				return err
			}
			sum := sha256.Sum256(content)
			rows = append(rows, dataset.File{Path: name, Size: int64(len(content)), SHA256: hex.EncodeToString(sum[:]), Source: "local"})
		}
		return artifacts.WriteTable(w, dataset.FilesTable, rows)
	})
}
