package command

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	ossignal "os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// longRunning are command lines that take minutes, of every command that can.
func longRunning(t *testing.T) map[string][]string {
	at := in(t)
	r := rand.New(rand.NewPCG(4, 4))
	random := func(name string, shape ...int) string {
		n := 1
		for _, s := range shape {
			n *= s
		}
		values := make([]float64, n)
		for i := range values {
			values[i] = r.Float64()
		}
		return save(t, at(name), shape, values)
	}
	d := newDesk(t)
	data := filepath.Join(d.dir, "data")
	large := newDesk(t) // whose files take minutes to hash: a hole in a file is read as zeros
	if err := os.Truncate(large.path("sub001/BOLD/task001_run001/bold_1slice.nii.gz"), 300<<30); err != nil {
		t.Fatal(err)
	}
	hole := random("hole.npy", 10, 10)
	header := []byte("\x93NUMPY\x01\x00\x76\x00{'descr': '<f8', 'fortran_order': False, 'shape': (40000000, 1000), }")
	header = append(header, bytes.Repeat([]byte(" "), 128-1-len(header))...)
	if err := errors.Join(os.WriteFile(hole, append(header, '\n'), 0o644), os.Truncate(hole, 128+8*40e9)); err != nil {
		t.Fatal(err)
	}
	epochs := random("epochs.npy", 40, 20, 17, 60)
	subjects := random("subjects.npy", 30, 2000)
	rdm := random("rdm.npy", 60*59/2)
	wide := random("wide.npy", 2500, 2500)
	return map[string][]string{
		"reproduce":          {"reproduce", "haxby", "--data", data, "--out", at("run"), "--set", "rsa.method=kendall", "--set", "rsa.permutations=10000000", "--set", "rsa.bootstrap=10000000"},
		"reproduce, process": {"reproduce", "haxby", "--data", data, "--out", at("run2"), "--executor", "process", "--set", "rsa.method=kendall", "--set", "rsa.bootstrap=10000000"},
		"plan":               {"plan", "haxby", "--data", filepath.Join(large.dir, "data")},
		"stage":              {"stage", "fetch", "--in", "source=" + filepath.Join(large.dir, "data"), "--out", at("fetched")},
		"data inspect":       {"data", "inspect", hole},
		"rsa":                {"rsa", "--model", rdm, "--brain", rdm, "--method", "kendall", "--permutations", "10000000"},
		"eegrdm":             {"eegrdm", "--in", epochs, "--repeats", "100000", "--format", "npy", "--out", at("e.npy")},
		"stats signflip":     {"stats", "--in", subjects, "--test", "signflip", "--permutations", "100000000"},
		"stats cluster":      {"stats", "--in", subjects, "--test", "cluster", "--permutations", "100000000"},
		"stats tfce":         {"stats", "--in", subjects, "--test", "tfce", "--permutations", "100000000"},
		"stats neurora":      {"stats", "--in", subjects, "--test", "neurora", "--permutations", "100000000"},
		"rdm":                {"rdm", "--in", random("r.npy", 12000, 3000), "--metric", "poisson", "--format", "npy", "--out", at("r2.npy")},
		"pca":                {"pca", "--in", wide, "--components", "2000", "--format", "npy", "--out", at("p")},
		"bench":              {"bench", "step"},
		"activations":        {"activations", "--weights", checkpointFile(t, at("w.pth")), "--images", manyImages(t, at("images")), "--side", "224", "--layers", "V1", "--format", "npy", "--out", at("a")},
	}
}

// manyImages is a folder of one image under many names.
func manyImages(t *testing.T, dir string) string {
	t.Helper()
	first := filepath.Join(dir, "0.png")
	patternPNG(t, first, 900)
	for i := range 3000 {
		if err := os.Link(first, filepath.Join(dir, strings.Repeat("x", 1+i%50)+string(rune('a'+i/50))+".png")); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// start starts the program in a process of its own and lets it get busy.
func start(t *testing.T, args []string, out io.Writer) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], append([]string{"--store", filepath.Join(t.TempDir(), "store")}, args...)...)
	cmd.Env = append(os.Environ(), realnetEnv+"=../..")
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

// ends waits for a process that was sent a signal and returns how long that took.
func ends(t *testing.T, cmd *exec.Cmd, signal os.Signal) time.Duration {
	t.Helper()
	sent := time.Now()
	if err := cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	context.AfterFunc(ctx, func() {
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			_ = cmd.Process.Kill()
		}
	})
	_ = cmd.Wait() // its state says more
	return time.Since(sent)
}

// mostWait is how long a command may take to end: a second, and what a machine that is
// busy with other tests adds to it.
const mostWait = 3 * time.Second

// Every command ends within a second of SIGINT or SIGTERM, with exit code 3.
func TestSignals(t *testing.T) {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if ossignal.Ignored(syscall.SIGHUP) {
		t.Log("SIGHUP is ignored here, as under nohup, and by the commands too: not sent")
	} else {
		signals = append(signals, syscall.SIGHUP)
	}
	i := 0
	for name, args := range longRunning(t) {
		signal := signals[i%len(signals)]
		i++
		t.Run(name, func(t *testing.T) {
			var said bytes.Buffer
			cmd := start(t, args, &said)
			time.Sleep(1500 * time.Millisecond)
			if cmd.Process.Signal(syscall.Signal(0)) != nil {
				t.Fatalf("ended before it was interrupted: %s", &said)
			}
			took := ends(t, cmd, signal)
			if code := cmd.ProcessState.ExitCode(); code != ExitInterrupted || took > mostWait {
				t.Errorf("%v: exit %d after %v: %s", signal, code, took, lastLines(said.String()))
			}
			how := "by itself"
			if strings.Contains(said.String(), errCutOff.Error()) {
				how = "cut off"
			}
			t.Logf("%v: %v, %s", signal, took.Round(10*time.Millisecond), how)
		})
	}
}

func lastLines(text string) string { return text[max(0, len(text)-500):] }

// A second signal ends the process at once; SIGQUIT shows where it is, as of every Go
// program; a reader that goes away ends it as other programs; serving ends well; and
// what the parent had ignored stays ignored.
func TestOtherSignals(t *testing.T) {
	d := newDesk(t)
	long := []string{"reproduce", "haxby", "--data", filepath.Join(d.dir, "data"), "--out", filepath.Join(d.dir, "run"), "--set", "rsa.method=kendall", "--set", "rsa.bootstrap=10000000"}
	busy := func(args []string, out io.Writer) *exec.Cmd {
		cmd := start(t, args, out)
		time.Sleep(time.Second)
		return cmd
	}
	cmd := busy(long, io.Discard)
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	time.Sleep(5 * time.Millisecond)
	if took := ends(t, cmd, os.Interrupt); took > time.Second {
		t.Errorf("a second signal: %v", took)
	}
	var said bytes.Buffer
	cmd = busy(long, &said)
	ends(t, cmd, syscall.SIGQUIT)
	if cmd.ProcessState.ExitCode() != 2 || !strings.Contains(said.String(), "goroutine ") {
		t.Errorf("SIGQUIT: exit %d, %s", cmd.ProcessState.ExitCode(), lastLines(said.String()))
	}

	bash := func(line string) string {
		t.Helper()
		cmd := exec.Command("bash", "-c", line, "bash", os.Args[0])
		cmd.Env = append(os.Environ(), realnetEnv+"=../..", "REALNET_STORE="+filepath.Join(t.TempDir(), "store"))
		text, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v: %s", line, err, text)
		}
		return string(text)
	}
	if got := bash(`"$1" data list --json | head -c 1 >/dev/null; echo ${PIPESTATUS[0]}`); got != "141\n" && got != "0\n" {
		t.Errorf("a closed pipe: %q", got)
	}
	if got := bash(`trap '' HUP; "$1" report --help & wait $!; echo $?`); !strings.HasSuffix(got, "0\n") {
		t.Errorf("SIGHUP ignored: %q", got)
	}
	cmd = exec.Command("bash", append([]string{"-c", `trap '' HUP; exec "$@"`, "bash", os.Args[0], "--store", filepath.Join(t.TempDir(), "s")}, long...)...)
	cmd.Env = append(os.Environ(), realnetEnv+"=../..")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second)
	if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	time.Sleep(1500 * time.Millisecond)
	if took := ends(t, cmd, os.Interrupt); cmd.ProcessState.ExitCode() != ExitInterrupted {
		t.Errorf("under nohup: exit %d after %v", cmd.ProcessState.ExitCode(), took)
	}

	d.study()
	said.Reset()
	cmd = busy([]string{"report", filepath.Join(d.dir, "run"), "--serve"}, &said)
	if took := ends(t, cmd, os.Interrupt); cmd.ProcessState.ExitCode() != ExitOK || took > mostWait || !strings.Contains(said.String(), "http://") {
		t.Errorf("serving: exit %d after %v: %s", cmd.ProcessState.ExitCode(), took, &said)
	}
}

// Work that cannot be asked to stop is left, and work that ends is waited for.
func TestWithinGrace(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	forever := make(chan struct{})
	defer close(forever)
	if err := within(ctx, func() time.Duration { return 10 * time.Millisecond }, func() error { <-forever; return nil }); !errors.Is(err, errCutOff) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	own := errors.New("its own")
	if err := within(ctx, func() time.Duration { return time.Minute }, func() error { return own }); !errors.Is(err, own) {
		t.Errorf("got %v", err)
	}
}
