package realdata

import (
	"os"
	"path/filepath"
	"testing"
)

// Env names the variable that points to the folder of real files.
const Env = "REALNET_REALDATA"

// Dir is the folder of real files: $REALNET_REALDATA, else ../shared/realdata
// beside the repository. It may not exist.
func Dir() string {
	if dir := os.Getenv(Env); dir != "" {
		return dir
	}
	root, err := os.Getwd() // of a test: its package's folder
	if err != nil {
		return ""
	}
	for up := filepath.Dir(root); up != root; root, up = up, filepath.Dir(up) {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			break
		}
	}
	return filepath.Join(root, "..", "shared", "realdata")
}

// Path returns the path of a real file or folder and skips the test when it is
// absent.
func Path(t testing.TB, elem ...string) string {
	t.Helper()
	path := filepath.Join(append([]string{Dir()}, elem...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("real file absent (set %s to the folder that has it): %v", Env, err)
	}
	return path
}
