package examples_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// python is Debian's interpreter, for which python3-torchvision is packaged.
const python = "/usr/bin/python3"

// checkAlexNet compares what the swap wrote with the network run another way: layer by
// layer, without hooks.
const checkAlexNet = `
import numpy as np, sys, torch, torchvision
torch.manual_seed(0)
net = torchvision.models.alexnet(weights=None).eval()
x = torch.from_numpy(np.load(sys.argv[1] + "/images.npy").astype("f4") / 255).permute(0, 3, 1, 2)
x = (x - torch.tensor([.485, .456, .406]).view(1, 3, 1, 1)) / torch.tensor([.229, .224, .225]).view(1, 3, 1, 1)
with torch.no_grad():
    early = net.features[:3](x)
    late = net.classifier[:2](torch.flatten(net.avgpool(net.features(x)), 1))
for layer, want in (("V1", early), ("IT", late)):
    got = np.load(sys.argv[2] + "/" + layer + ".npy")
    assert got.shape == tuple(want.flatten(1).shape), (got.shape, want.shape)
    assert np.abs(got - want.flatten(1).numpy()).max() < 1e-5, layer
`

// TestTorchvision runs AlexNet in the place of the stage activations, and an RDM of what
// it wrote.
func TestTorchvision(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program and runs a network; runs without -short")
	}
	if err := exec.Command(python, "-c", "import torchvision").Run(); err != nil {
		t.Skip("no torchvision: apt-get install python3-torchvision; .github/workflows/check.yml installs it")
	}
	dir := t.TempDir()
	realnet := filepath.Join(dir, "realnet")
	at := func(name string) string { return filepath.Join(dir, name) }
	command := func(name string, args ...string) {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Env = append(os.Environ(), "REALNET_STORE="+at("store"), "REALNET="+realnet)
		if text, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, text)
		}
	}
	write := func(name, text string) string {
		t.Helper()
		if err := os.WriteFile(at(name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
		return at(name)
	}
	text, err := os.ReadFile("torchvision_activations.py")
	if err != nil {
		t.Fatal(err)
	}
	program := write("torchvision_activations.py", strings.Replace(string(text), "/usr/bin/env python3", python, 1))

	command("go", "build", "-o", realnet, "../..")
	pixels := write("pixels.py", "import numpy as np, sys\nnp.save(sys.argv[1], np.random.default_rng(0).integers(0, 256, (6, 64, 64, 3), dtype=np.uint8))\n")
	command(python, pixels, at("pixels.npy"))
	command(realnet, "artifacts", "import", "--in", at("pixels.npy"), "--schema", "stimuli", "--subset", "test", "--out", at("stimuli"))
	pretrain := write("pretrain.json", `{"width": 4, "classes": 2, "subset": "", "epochs": 0}`)
	command(realnet, "stage", "pretrain", "--params", pretrain, "--in", "stimuli="+at("stimuli"), "--out", at("weights"))
	layers := write("layers.json", `{"layers": ["V1", "IT"]}`)
	command(realnet, "stage", "activations", "--params", layers, "--in", "stimuli="+at("stimuli"), "--in", "weights="+at("weights"), "--out", at("features"),
		"--swap", program+" --model alexnet V1=features.2 IT=classifier.1")
	command(realnet, "artifacts", "export", at("stimuli"), "--out", at("images"))
	command(realnet, "artifacts", "export", at("features"), "--out", at("exported"))
	command(python, write("check.py", checkAlexNet), at("images"), at("exported"))
	command(realnet, "rdm", "--in", at("features"), "--select", "IT", "--out", at("it.npy"))
}
