package main

import (
	"context"
	"time"
)

import "dagger/realnet/internal/dagger"

// Check vets, lints and tests the project, and says which tests were skipped and why.
//
// A container has no browser, and no data but those it is given.
func (r *Realnet) Check(
	ctx context.Context,
	// Folder of the small real datasets, for the tests that read them.
	// +optional
	data *dagger.Directory,
) (string, error) {
	const lint = "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0"
	c := r.goContainer(r.Source).
		WithExec([]string{"go", "vet", "./..."}).
		WithExec([]string{"go", "run", lint, "run", "./..."})
	if data != nil {
		c = c.WithMountedDirectory("/data", data).WithEnvVariable("REALNET_REALDATA", "/data")
	}
	text, err := c.WithExec([]string{"bash", "-o", "pipefail", "-c", "go test -v -timeout 20m ./... | awk '" + summary + "'"}).
		Stdout(ctx)
	return text, failure(err)
}

// summary keeps of go test -v the packages, and the tests that failed or were
// skipped with what they said. Without -v, go test is silent about the skipped.
const summary = `
/^=== (RUN|NAME|CONT) / { test = $3; next }
/^=== / || /^ *--- PASS: / { next }
/^ *--- (SKIP|FAIL): / { printf "%s", said[$3]; print; delete said[$3]; next }
/^FAIL\t/ { printf "%s", said[test] }
/^(ok|FAIL|\?) *\t/ { print; fflush(); split("", said); next }
{ said[test] = said[test] $0 "\n" }`

// Bench measures the hot paths on this engine's machine and returns them as JSON.
//
// Every call measures anew.
// +cache="never"
func (r *Realnet) Bench(
	// One hot path, such as rdm; all when absent.
	// +optional
	name string,
) *dagger.File {
	args := []string{"/realnet", "bench", "--json"}
	if name != "" {
		args = append(args, name)
	}
	return dag.Container().WithMountedFile("/realnet", r.program()).WithMountedTemp("/tmp").
		WithEnvVariable("MEASURED", time.Now().Format(time.RFC3339Nano)). // or Dagger's cache answers with old figures
		WithExec(args, dagger.ContainerWithExecOpts{RedirectStdout: "/bench.json"}).
		File("/bench.json")
}

// Build returns the static programs for linux (amd64, arm64) and darwin (arm64).
func (r *Realnet) Build(
	// Version that they report, such as $(git describe --tags --always); by default the code's alone.
	// +optional
	version string,
) *dagger.Directory {
	out := dag.Directory()
	for _, p := range [][2]string{{"linux", "amd64"}, {"linux", "arm64"}, {"darwin", "arm64"}} {
		name := "realnet-" + p[0] + "-" + p[1]
		out = out.WithFile(name, r.released(version, p[0], p[1]))
	}
	return out
}

// released is the program for other people's machines, with its version.
func (r *Realnet) released(version, system, machine string) *dagger.File {
	flags := "-ldflags=-s -w"
	if version != "" {
		flags += " -X 'realnet/pipeline/command.version=" + version + "'"
	}
	c := r.goContainer(r.sources(programSources))
	if system != "" { // else the engine's own
		c = c.WithEnvVariable("GOOS", system).WithEnvVariable("GOARCH", machine)
	}
	return c.WithExec([]string{"go", "build", flags, "-o", "/out/realnet", "."}).
		Directory("/out").File("realnet")
}

// Image returns the runtime image: the static program and the certificates of the web.
//
// Publish it with `dagger call image publish --address REGISTRY/NAME`.
func (r *Realnet) Image(
	// Version that the program reports, such as $(git describe --tags --always); by default the code's alone.
	// +optional
	version string,
) *dagger.Container {
	return dag.Container().
		WithFile("/realnet", r.released(version, "", "")).
		WithFile(certificates, r.certificates()).
		WithNewFile("/tmp/.keep", "").
		WithEnvVariable("REALNET_STORE", "/store").
		WithEntrypoint([]string{"/realnet"})
}
