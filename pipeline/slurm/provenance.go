package slurm

import (
	"fmt"
	"strings"
	"syscall"

	"realnet/artifacts"
)

// otherProvenance is the error of an artifact that is not what was asked for.
type otherProvenance struct{ differences []string }

func (e *otherProvenance) Error() string {
	return "it says that it was made otherwise: " + strings.Join(e.differences, "; ")
}

// sameProvenance compares what an artifact says it was made of with what was asked for.
// The node sealed it with what the node is: another kernel, another program, another
// version of the code show here.
func sameProvenance(want, got artifacts.Provenance) error {
	var e otherProvenance
	compare := func(name string, want, got any) error {
		a, err := artifacts.CanonicalOf(want)
		if err != nil {
			return err
		}
		b, err := artifacts.CanonicalOf(got)
		if err != nil {
			return err
		}
		if string(a) != string(b) {
			e.differences = append(e.differences, fmt.Sprintf("%s is %s, not %s", name, b, a))
		}
		return nil
	}
	if want.Inputs == nil {
		want.Inputs = map[string][]artifacts.Digest{}
	}
	for _, c := range []struct {
		name      string
		want, got any
	}{
		{"stage", want.Stage, got.Stage},
		{"code", want.Code, got.Code},
		{"params", want.Params, got.Params},
		{"seed", want.Seed, got.Seed},
		{"inputs", want.Inputs, got.Inputs},
		{"machine", want.Machine, got.Machine},
		{"kernel", want.Kernel, got.Kernel},
		{"decoder", want.Decoder, got.Decoder},
	} {
		if err := compare(c.name, c.want, c.got); err != nil {
			return err
		}
	}
	if len(e.differences) > 0 {
		return &e
	}
	return nil
}

func signalOf(n int) syscall.Signal { return syscall.Signal(n) }
