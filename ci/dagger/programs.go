package main

import (
	"dagger/realnet/internal/dagger"
)

// goContainer is the one container that builds. Modules and compiled packages
// outlive it.
func (r *Realnet) goContainer() *dagger.Container {
	return dag.Container().From("golang:"+r.Go).
		WithMountedCache("/go/pkg/mod", dag.CacheVolume("realnet-modules")).
		WithMountedCache("/root/.cache/go-build", dag.CacheVolume("realnet-build")).
		WithEnvVariable("CGO_ENABLED", "0").
		WithEnvVariable("GOFLAGS", "-trimpath -buildvcs=false").
		WithMountedDirectory("/src", r.Source).
		WithWorkdir("/src")
}

// program is the whole program, which plans and writes the run's folder.
func (r *Realnet) program() *dagger.File {
	return r.goContainer().
		WithExec([]string{"go", "build", "-ldflags=-s -w -buildid=", "-o", "/out/realnet", "."}).
		Directory("/out").File("realnet")
}

// stageProgram is the program of one stage. A file is known to Dagger by its
// content: what runs it is cached until its bytes change.
func (r *Realnet) stageProgram(name string) *dagger.File { return r.stagePrograms().File(name) }

func (r *Realnet) stagePrograms() *dagger.Directory {
	return r.goContainer().
		WithExec([]string{"go", "run", "./ci/programs", "-out", "/out"}).
		Directory("/out")
}
