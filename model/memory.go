package model

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
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
		if have, ok = AvailableMemory(); !ok {
			return nil
		}
	}
	if need > have {
		return fmt.Errorf("%w: %s more are needed, %s are available; use a smaller batch", ErrMemory, mib(need), mib(have))
	}
	return nil
}

func mib(n int64) string { return fmt.Sprintf("%d MiB", (n+1<<20-1)>>20) }

// AvailableMemory is the smaller of what Linux and the control groups of this process
// allow, in bytes; pages of files count as available, since they are given up on
// demand. It is false where nothing says.
func AvailableMemory() (int64, bool) { return availableBelow("/") }

// availableBelow is AvailableMemory with another root folder.
func availableBelow(root string) (int64, bool) {
	have, known := field(filepath.Join(root, "proc/meminfo"), "MemAvailable:")
	have <<= 10 // KiB
	for _, group := range controlGroups(root) {
		if room, ok := group.room(); ok && (!known || room < have) {
			have, known = max(room, 0), true
		}
	}
	return have, known
}

// controlGroup is a folder of /sys/fs/cgroup and the names that its version gives.
type controlGroup struct{ dir, limit, used, files string }

// controlGroups lists the groups that bound this process: its own and all above it. In
// a container its own is mounted as the topmost.
func controlGroups(root string) []controlGroup {
	text, err := os.ReadFile(filepath.Join(root, "proc/self/cgroup"))
	if err != nil {
		text = []byte("0::/\n")
	}
	var list []controlGroup
	for line := range strings.Lines(string(text)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 {
			continue
		}
		top, g := "sys/fs/cgroup", controlGroup{"", "memory.max", "memory.current", "file"}
		if parts[0] != "0" {
			if !slices.Contains(strings.Split(parts[1], ","), "memory") {
				continue
			}
			top, g = "sys/fs/cgroup/memory", controlGroup{"", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_cache"}
		}
		for dir := filepath.Clean("/" + parts[2]); ; dir = filepath.Dir(dir) {
			g.dir = filepath.Join(root, top, dir)
			list = append(list, g)
			if dir == "/" {
				break
			}
		}
	}
	return list
}

// room is what the group still lets its processes have.
func (g controlGroup) room() (int64, bool) {
	limit, err := number(filepath.Join(g.dir, g.limit))
	if err != nil {
		return 0, false
	}
	used, err := number(filepath.Join(g.dir, g.used))
	if err != nil {
		return 0, false
	}
	files, _ := field(filepath.Join(g.dir, "memory.stat"), g.files)
	return limit - (used - files), true
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

// scratchBytes bounds the other memory of the kernels: a few times the largest
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
