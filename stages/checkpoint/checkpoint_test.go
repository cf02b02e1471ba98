package checkpoint

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"realnet/data/array"
	"realnet/data/file"
	"realnet/data/safetensors"
	"realnet/data/torch"
	"realnet/model"
)

// Whatever stands before the names, the network's tensors come out bare, and what is
// beside the network stays out.
func TestNames(t *testing.T) {
	for _, c := range []struct {
		in     []string
		want   []string
		prefix string
	}{
		{[]string{"V1.conv1.weight", "decoder.linear.bias"}, []string{"V1.conv1.weight", "decoder.linear.bias"}, ""},
		{[]string{"module.V1.conv1.weight", "module.IT.skip.weight"}, []string{"V1.conv1.weight", "IT.skip.weight"}, "module."},
		{[]string{"_orig_mod.V1.conv1.weight"}, []string{"V1.conv1.weight"}, "_orig_mod."},
		{[]string{"state_dict.model.net._orig_mod.module.V1.conv1.weight", "optimizer.state.0.exp_avg", "args.V1"}, []string{"V1.conv1.weight"}, "state_dict.model.net._orig_mod.module."},
		{[]string{"realnet.module.V1.conv1.weight", "fc_v1.weight", "fc.weight"}, []string{"V1.conv1.weight", "fc_v1.weight", "fc.weight"}, "realnet.module."},
		{[]string{"state_dict.model.realnet.module.V1.conv1.weight", "state_dict.model.fc.weight", "state_dict.model.fc_it.bias", "epoch"}, []string{"V1.conv1.weight", "fc.weight", "fc_it.bias"}, "state_dict.model.realnet.module., state_dict.model."},
		{[]string{"state_dict.V1.conv1.weight", "ema.V1.conv1.weight"}, []string{"V1.conv1.weight"}, "state_dict."},
	} {
		var tensors []array.Named
		for _, n := range c.in {
			tensors = append(tensors, array.Named{Name: n})
		}
		n, ok, err := findNames(tensors)
		if err != nil || !ok || n.String() != c.prefix {
			t.Errorf("%q: prefix %q, %v, %v", c.in, n, ok, err)
		}
		var got []string
		for _, x := range tensors {
			if name, inside := n.bare(x.Name); inside {
				got = append(got, name)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
	if _, ok, err := findNames([]array.Named{{Name: "layer1.0.conv1.weight"}, {Name: "XV1.conv1.weight"}}); ok || err != nil {
		t.Errorf("another network: %v, %v", ok, err)
	}
	if _, _, err := findNames([]array.Named{{Name: "a.V1.conv1.weight"}, {Name: "b.V1.conv1.weight"}}); !errors.Is(err, ErrNoCheckpoint) {
		t.Errorf("two networks: %v", err)
	}
}

// The format is found by content and the names by their ends, whatever the file is called.
func TestNetwork(t *testing.T) {
	cfg := model.CORnetS()
	cfg.Width, cfg.Input, cfg.Classes = 4, 32, 3
	net, err := model.New(cfg, 1)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, prefix string, put func(string, []array.Named) error) string {
		var tensors []array.Named
		for _, p := range net.Params() {
			tensors = append(tensors, array.Named{Name: prefix + p.Name, Array: array.Of(p.Shape, p.Values)})
		}
		path := filepath.Join(t.TempDir(), name)
		if err := put(path, append(tensors, array.Named{Name: "beside", Array: array.Of(nil, []float32{1})})); err != nil {
			t.Fatal(err)
		}
		return path
	}
	safe := func(path string, tensors []array.Named) error { return safetensors.WriteFile(path, tensors, nil) }
	for _, c := range []struct {
		name, prefix string
		put          func(string, []array.Named) error
	}{
		{"best.pth.tar", "module.", torch.WriteFile},
		{"last.ckpt", "model.net._orig_mod.", torch.WriteFile},
		{"weights.bin", "net.", safe},
		{"model.safetensors", "", safe},
	} {
		got, notes, err := Network(t.Context(), write(c.name, c.prefix, c.put), 32)
		if err != nil || notes.Prefix != c.prefix {
			t.Errorf("%s: %q, %v", c.name, notes.Prefix, err)
			continue
		}
		want := net.Params()
		for i, p := range got.Params() {
			if p.Name != want[i].Name || !slices.Equal(p.Values, want[i].Values) {
				t.Errorf("%s: %s differs", c.name, p.Name)
			}
		}
	}
	path := filepath.Join(t.TempDir(), "text.pth")
	if err := os.WriteFile(path, []byte("no checkpoint at all"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Network(t.Context(), path, 32); !errors.Is(err, file.ErrUnknown) {
		t.Errorf("text: %v", err)
	}
}

func TestPick(t *testing.T) {
	for _, name := range []string{"files/a.pth", "files/a.pt", "files/a.ckpt", "files/a.pth.tar", "files/a.safetensors"} {
		if got, err := pick([]string{"files/readme.txt", name}, ""); got != name || err != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if _, err := pick([]string{"files/a.pth", "files/b.pth"}, ""); !errors.Is(err, ErrNoCheckpoint) {
		t.Errorf("two: %v", err)
	}
}
