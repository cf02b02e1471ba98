//go:build linux && (amd64 || arm64)

package step_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"realnet/pipeline/step"
)

// TestOffline takes the network away from a process of its own: it is for good.
func TestOffline(t *testing.T) {
	if address := os.Getenv("TEST_OFFLINE"); address != "" {
		tryOffline(address)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run", "^TestOffline$")
	cmd.Env = append(os.Environ(), "TEST_OFFLINE="+l.Addr().String())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{"before: <nil>", "after: network is unreachable", "files: <nil>", "child: network is unreachable"} {
		if !strings.Contains(string(out), want+"\n") {
			t.Errorf("no %q in:\n%s", want, out)
		}
	}
}

// tryOffline prints what a process finds before and after, and what a program
// that it starts finds.
func tryOffline(address string) {
	dial := func() error {
		c, err := net.Dial("tcp", address)
		if err == nil {
			return c.Close()
		}
		var errno syscall.Errno
		if errors.As(err, &errno) {
			return errno
		}
		return err
	}
	if os.Getenv("TEST_OFFLINE_CHILD") != "" {
		fmt.Println("child:", dial())
		os.Exit(0)
	}
	fmt.Println("before:", dial())
	if err := step.Offline(); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("after:", dial())
	_, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	fmt.Println("files:", err)
	self, err := os.Executable()
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	cmd := exec.Command(self, "-test.run", "^TestOffline$")
	cmd.Env = append(os.Environ(), "TEST_OFFLINE_CHILD=1")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	os.Exit(0)
}
