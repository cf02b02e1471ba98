//go:build linux && (amd64 || arm64)

package step

import (
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Offsets in the kernel's struct seccomp_data. Both processors are little-endian,
// so the low half of the first argument comes first.
const (
	callOffset     = 0
	archOffset     = 4
	argument0      = 16
	seccompErrno   = unix.SECCOMP_RET_ERRNO | uint32(unix.ENETUNREACH)
	seccompAbsent  = unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)
	foreignABI     = 0x40000000 // calls of x32 start here
	loadWord       = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
	jumpEqual      = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
	jumpAtLeast    = unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K
	returnConstant = unix.BPF_RET | unix.BPF_K
)

// Offline takes the network away from this process, from all its threads and from
// the programs that it will start, for good: every socket but those of the local
// host's files (AF_UNIX) fails with "network is unreachable". It needs no
// privilege: seccomp(2) with no_new_privs.
func Offline() error {
	arch := uint32(unix.AUDIT_ARCH_X86_64)
	if runtime.GOARCH == "arm64" {
		arch = unix.AUDIT_ARCH_AARCH64
	}
	filter := []unix.SockFilter{
		{Code: loadWord, K: archOffset},
		{Code: jumpEqual, K: arch, Jf: 7}, // another processor's calls: to absent
		{Code: loadWord, K: callOffset},
		{Code: jumpAtLeast, K: foreignABI, Jt: 5},
		{Code: jumpEqual, K: unix.SYS_IO_URING_SETUP, Jt: 4}, // opens sockets past this filter
		{Code: jumpEqual, K: unix.SYS_SOCKET, Jf: 2},
		{Code: loadWord, K: argument0},
		{Code: jumpEqual, K: unix.AF_UNIX, Jf: 2},
		{Code: returnConstant, K: unix.SECCOMP_RET_ALLOW},
		{Code: returnConstant, K: seccompAbsent},
		{Code: returnConstant, K: seccompErrno},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	runtime.LockOSThread() // no_new_privs and the filter on one thread; TSYNC gives both to the others
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("take the network away: no_new_privs: %w", err)
	}
	// A thread that cannot follow comes back as its id, not as an error.
	thread, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&program)))
	if errno != 0 || thread != 0 {
		return fmt.Errorf("take the network away: seccomp: thread %d: %w", thread, errno)
	}
	return nil
}
