package main

import (
	"context"

	"dagger/realnet/internal/dagger"
)

const certificates = "/etc/ssl/certs/ca-certificates.crt"

// What Go builds: nothing else of the tree is in the container that compiles, so that
// no other edit compiles anything. ci/dagger/sources_test.go compares both lists with
// what Go lists.
var (
	// stageSources are read for the programs of the stages.
	stageSources = []string{
		"go.mod", "go.sum", "artifacts/**", "data/**", "goroutines/**", "model/**", "stages/**",
		"pipeline/identity/**", "pipeline/step/**", "ci/programs/**",
	}
	// programSources are read for the whole program.
	programSources = []string{"go.mod", "go.sum", "main.go", "artifacts/**", "data/**", "goroutines/**", "model/**", "stages/**", "pipeline/**"}
	// unread is in those folders and is not read.
	unread = []string{"**/*_test.go", "**/testdata", "**/*.md"}
)

func (r *Realnet) goImage() string { return "golang:" + r.Go }

// goContainer is the one container that builds. Modules and compiled packages
// outlive it.
func (r *Realnet) goContainer(source *dagger.Directory) *dagger.Container {
	c := dag.Container().From(r.goImage()).
		WithMountedCache("/go/pkg/mod", dag.CacheVolume("realnet-modules")).
		WithMountedCache("/root/.cache/go-build", dag.CacheVolume("realnet-build")).
		WithEnvVariable("CGO_ENABLED", "0").
		WithEnvVariable("GOFLAGS", "-trimpath -buildvcs=false")
	if r.GoProxy != nil {
		c = c.WithSecretVariable("GOPROXY", r.GoProxy)
	}
	if r.Netrc != nil {
		c = c.WithMountedSecret("/root/.netrc", r.Netrc)
	}
	return c.WithMountedDirectory("/src", source).WithWorkdir("/src")
}

func (r *Realnet) sources(include []string) *dagger.Directory {
	return r.Source.Filter(dagger.DirectoryFilterOpts{Include: include, Exclude: unread})
}

// program is the whole program, which plans and writes the run's folder.
func (r *Realnet) program() *dagger.File {
	if r.Prebuilt != nil {
		return r.Prebuilt.File("realnet")
	}
	return r.goContainer(r.sources(programSources)).
		WithExec([]string{"go", "build", "-ldflags=-s -w -buildid=", "-o", "/out/realnet", "."}).
		Directory("/out").File("realnet")
}

// stageProgram is the program of one stage. A file is known to Dagger by its
// content: what runs it is cached until its bytes change.
func (r *Realnet) stageProgram(name string) *dagger.File { return r.stagePrograms().File(name) }

func (r *Realnet) stagePrograms() *dagger.Directory {
	if r.Prebuilt != nil {
		return r.Prebuilt.Directory("stages")
	}
	return r.goContainer(r.sources(stageSources)).
		WithExec([]string{"go", "run", "./ci/programs", "-out", "/out"}).
		Directory("/out")
}

// certificates are those of the web.
func (r *Realnet) certificates() *dagger.File {
	return dag.Container().From(r.goImage()).File(certificates)
}

// Built returns the programs that the other functions compile first: whole, and one a stage.
//
// A machine whose engine keeps nothing, such as a hosted CI runner, keeps this folder
// instead and gives it back with --prebuilt as long as no Go file changes.
func (r *Realnet) Built(ctx context.Context) (*dagger.Directory, error) {
	dir, err := dag.Directory().
		WithFile("realnet", r.program()).
		WithDirectory("stages", r.stagePrograms()).
		Sync(ctx)
	return dir, failure(err)
}
