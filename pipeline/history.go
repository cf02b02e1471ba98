package pipeline

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"realnet/artifacts"
	"realnet/pipeline/step"
)

// history remembers what each node of a study was last made of. It answers why
// a node runs; it never decides whether one does.
type history struct {
	mu    sync.Mutex
	file  string
	Nodes map[string]step.Ingredients `json:"nodes"`
	dirty bool
}

func newHistory(storeDir, study string) *history {
	h := &history{file: filepath.Join(storeDir, "history", study+".json"), Nodes: map[string]step.Ingredients{}}
	if text, err := os.ReadFile(h.file); err == nil && json.Unmarshal(text, h) != nil {
		h.Nodes = map[string]step.Ingredients{} // damaged: reasons are lost, nothing else
	}
	return h
}

func (h *history) record(node string, ingredients step.Ingredients) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if before, ok := h.Nodes[node]; ok && before.Difference(ingredients) == "" {
		return
	}
	h.Nodes[node], h.dirty = ingredients, true
}

// why says in words why a node runs.
func (h *history) why(node string, ingredients step.Ingredients) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	before, ok := h.Nodes[node]
	if !ok {
		return "never run"
	}
	if d := ingredients.Difference(before); d != "" {
		return d
	}
	return "its artifact is no longer in the store"
}

func (h *history) save() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.dirty {
		return nil
	}
	text, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(h.file), 0o755); err != nil {
		return fmt.Errorf("history: %w", err)
	}
	return artifacts.ReplaceFile(h.file, text)
}
