package model

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// ErrMemory is returned when a computation needs more memory than there is;
// it is found out before the first step.
var ErrMemory = errors.New("model: not enough memory")

// checkMemory compares what is about to be allocated with what there is:
// limit, or with 0 what the machine says. It lets pass where that is unknown.
func checkMemory(need, limit int64) error {
	have := limit
	if have == 0 {
		var ok bool
		if have, ok = availableMemory(); !ok {
			return nil
		}
	}
	if need > have {
		return fmt.Errorf("%w: %s more are needed, %s are available; use a smaller batch", ErrMemory, mib(need), mib(have))
	}
	return nil
}

func mib(n int64) string { return fmt.Sprintf("%d MiB", (n+1<<20-1)>>20) }

// availableMemory is the smaller of what Linux and the control group allow;
// pages of files count as available, since they are given up on demand.
func availableMemory() (int64, bool) {
	have, known := field("/proc/meminfo", "MemAvailable:")
	have <<= 10 // KiB
	limit, err1 := number("/sys/fs/cgroup/memory.max")
	used, err2 := number("/sys/fs/cgroup/memory.current")
	if err1 != nil || err2 != nil {
		return have, known
	}
	files, _ := field("/sys/fs/cgroup/memory.stat", "file")
	if room := limit - (used - files); !known || room < have {
		return room, true
	}
	return have, known
}

// number reads a file that holds one number ("max" is an error).
func number(file string) (int64, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
}

// field reads the number after a key in a file of lines "key number ...".
func field(file, key string) (int64, bool) {
	f, err := os.Open(file)
	if err != nil {
		return 0, false
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if words := strings.Fields(s.Text()); len(words) > 1 && words[0] == key {
			n, err := strconv.ParseInt(words[1], 10, 64)
			return n, err == nil
		}
	}
	return 0, false
}

// scratchBytes bounds what the kernels hold besides: a few times the largest
// input and output of one step (Winograd's transforms are 2.25 times theirs).
func scratchBytes(p *program) int64 {
	largest := 0
	for _, s := range p.tape.steps {
		n := s.out.n
		for _, in := range s.in {
			n += in.n
		}
		largest = max(largest, n)
	}
	return 4 * 2 * int64(largest)
}
