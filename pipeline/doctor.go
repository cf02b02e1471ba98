package pipeline

import (
	"fmt"
	"os"
	"runtime"
	"strings"

	"realnet/artifacts"
	"realnet/model"
	"realnet/model/kernels"
	"realnet/pipeline/step"
)

// Finding is one thing that a study needs of a machine, and how it is here.
type Finding struct {
	Name   string `json:"name"`
	Found  string `json:"found"`
	State  string `json:"state"`            // ok, warn or missing
	Advice string `json:"advice,omitempty"` // what to do, where it is not ok
}

// States of a finding.
const (
	OK      = "ok"
	Warn    = "warn"    // studies run, but see the advice
	Missing = "missing" // a study cannot run
)

// What the default study takes, with room to spare.
const (
	enoughMemory = 2 << 30
	enoughDisk   = 2 << 30
	leastDisk    = 300 << 20
)

// Examine looks at what studies need of this machine: processor, memory, and a store
// whose file system has room and locks.
func Examine(storeDir string) []Finding {
	out := []Finding{
		{"platform", runtime.GOOS + "/" + runtime.GOARCH + ", " + artifacts.ThisHost().CPU, OK, ""},
		kernelFinding(),
		{"cores", fmt.Sprintf("%d of %d", step.Cores(0), runtime.NumCPU()), OK, ""},
	}
	memory := Finding{"memory", "unknown", Warn, "nothing says how much is free; stages assume 4 GiB"}
	if free, ok := model.AvailableMemory(); ok {
		memory = Finding{"memory", sizeText(free) + " available", OK, ""}
		if free < enoughMemory {
			memory.State, memory.Advice = Warn, "the demo takes up to 2 GiB, a full training 6 GiB: end other programs, or raise the container's limit"
		}
	}
	return append(append(out, memory), storeFindings(storeDir)...)
}

func kernelFinding() Finding {
	f := Finding{"kernel", strings.Join(kernels.Supported(), ", "), OK, ""}
	switch asked := os.Getenv(kernels.Environment); {
	case asked != "":
		f.Found = asked + " (" + kernels.Environment + ")"
		if _, err := kernels.Default(kernels.FP32, kernels.NewWorkers(1)); err != nil {
			f.State, f.Advice = Missing, err.Error()
		}
	case kernels.Supported()[0] == kernels.Generic:
		f.State, f.Advice = Warn, "plain Go, several times slower: this processor has no AVX2, or no kernels exist for it yet"
	}
	return f
}

func storeFindings(dir string) []Finding {
	store := Finding{"store", dir, OK, ""}
	s, err := artifacts.OpenStore(dir)
	if err != nil {
		store.State, store.Advice = Missing, err.Error()+"; choose a folder with --store DIR or REALNET_STORE"
		return []Finding{store}
	}
	defer s.Close()
	name, _, _ := artifacts.FileSystem(dir)
	locks := Finding{"locks", name, OK, ""}
	if err := artifacts.Probe(dir); err != nil {
		locks.State, locks.Advice = Missing, err.Error()
	}
	disk := Finding{"disk", "unknown", Warn, ""}
	if free, err := artifacts.FreeSpace(dir); err != nil {
		disk.Advice = err.Error()
	} else {
		disk.Found, disk.State = sizeText(free)+" free", OK
		switch advice := "make room, clear the store with realnet artifacts gc, or choose another with --store DIR"; {
		case free < leastDisk:
			disk.State, disk.Advice = Missing, advice
		case free < enoughDisk:
			disk.State, disk.Advice = Warn, advice
		}
	}
	return []Finding{store, locks, disk}
}

func sizeText(n int64) string {
	if n < 1<<30 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
}
