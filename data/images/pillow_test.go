package images

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestRandomAgainstPillow demands Pillow's bytes, decoded and resized, for random
// images, qualities, codings and sizes.
func TestRandomAgainstPillow(t *testing.T) {
	const interpreter = "/usr/bin/python3"
	out, err := exec.Command(interpreter, "-c", "import PIL, numpy; print(PIL.__version__)").Output()
	if err != nil || !strings.HasPrefix(string(out), "9.4.") {
		t.Skip("Pillow 9.4 is not installed: python3-pil, python3-numpy of Debian 12")
	}
	dir := t.TempDir()
	const count = 80
	if out, err := exec.Command(interpreter, "../../ci/reference/images_random.py", dir, fmt.Sprint(count), "1").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	list, err := os.ReadFile(filepath.Join(dir, "list.txt"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(list), "\n")
	if len(lines) != count {
		t.Fatalf("%d images, want %d", len(lines), count)
	}
	for _, line := range lines {
		var name, decoded, resized string
		var width, height int
		if _, err := fmt.Sscan(line, &name, &decoded, &width, &height, &resized); err != nil {
			t.Fatal(err)
		}
		m, err := DecodeFile(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
			continue
		}
		if digest(m) != decoded {
			t.Errorf("%s: pixels differ", name)
		}
		if digest(m.Resize(width, height)) != resized {
			t.Errorf("%s resized to %d x %d: pixels differ", name, width, height)
		}
	}
}

// TestFormsAgainstPillow demands Pillow's bytes for PNG of every type, depth,
// transparency, palette and interlacing, BMP of every header, depth and compression,
// and the first frames of animated WebP.
func TestFormsAgainstPillow(t *testing.T) {
	const interpreter = "/usr/bin/python3"
	out, err := exec.Command(interpreter, "-c", "import PIL, numpy; print(PIL.__version__)").Output()
	if err != nil || !strings.HasPrefix(string(out), "9.4.") {
		t.Skip("Pillow 9.4 is not installed: python3-pil, python3-numpy of Debian 12")
	}
	dir := t.TempDir()
	const count = 400
	if out, err := exec.Command(interpreter, "../../ci/reference/images_forms.py", dir, fmt.Sprint(count), "1").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	list, err := os.ReadFile(filepath.Join(dir, "list.txt"))
	if err != nil {
		t.Fatal(err)
	}
	compared := map[string]int{}
	for _, line := range strings.Split(string(list), "\n") {
		name, want, ok := strings.Cut(line, " ")
		if !ok {
			t.Fatalf("line %q", line)
		}
		m, err := DecodeFile(filepath.Join(dir, name))
		switch {
		case want == "refused": // older forms that later versions of Pillow read
		case err != nil:
			t.Error(err)
		case digest(m) != want:
			t.Errorf("%s: pixels differ", name)
		default:
			compared[filepath.Ext(name)]++
		}
	}
	if !t.Failed() && (compared[".png"] < count/2 || compared[".bmp"] < count/8 || compared[".webp"] < count/4) {
		t.Errorf("compared too few: %v", compared)
	}
	t.Logf("equal: %v", compared)
}
