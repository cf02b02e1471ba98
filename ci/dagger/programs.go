package main

import (
	"context"
)

import "dagger/realnet/internal/dagger"

const certificates = "/etc/ssl/certs/ca-certificates.crt"

// What Go builds: nothing else of the tree is in the container that compiles, so that
// no other edit compiles anything. ci/dagger/sources_test.go compares both lists with
// what Go lists.
var (
	// stageSources are read for the programs of the stages.
	stageSources = []string{
		"go.mod", "go.sum", "artifacts/**", "data/**", "model/**", "stages/**",
		"pipeline/identity/**", "pipeline/step/**", "ci/programs/**",
	}
	// programSources are read for the whole program.
	programSources = []string{"go.mod", "go.sum", "main.go", "artifacts/**", "data/**", "model/**", "stages/**", "pipeline/**"}
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

// stagePrograms are the programs of the named stages, of all without a name, in a
// folder. One go builds them, so that what they share is compiled once; each is known
// to Dagger by its content, and what runs it is cached until its bytes change.
func (r *Realnet) stagePrograms(names ...string) *dagger.Directory {
	if r.Prebuilt != nil {
		return r.Prebuilt.Directory("stages")
	}
	return r.goContainer(r.sources(stageSources)).
		WithExec(append([]string{"go", "run", "./ci/programs", "-out", "/stages"}, names...)).
		Directory("/stages") // as in the folder of Built: to Dagger a file is its content and its path
}

// buildStages builds the programs that the run needs, as one step of Dagger's progress.
func (s *run) buildStages(ctx context.Context, names ...string) (err error) {
	if len(names) == 0 { // everything is reused
		return nil
	}
	ctx, end := shown(ctx, "programs of the stages")
	defer func() { end(err) }()
	s.programs, err = s.stagePrograms(names...).Sync(ctx)
	return failure(err)
}

// certificates are those of the web.
func (r *Realnet) certificates() *dagger.File {
	return dag.Container().From(r.goImage()).File(certificates)
}

// Built returns the programs that the other functions compile first: whole, and one a stage.
//
// A machine whose engine keeps nothing, such as a hosted CI runner, keeps this folder
// instead and gives it back with --prebuilt, which counts as long as no source file
// changes.
func (r *Realnet) Built(ctx context.Context) (*dagger.Directory, error) {
	of, err := r.builtOf(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := dag.Directory().
		WithFile("realnet", r.program()).
		WithDirectory("stages", r.stagePrograms()).
		WithNewFile(builtOfFile, of).
		Sync(ctx)
	return dir, failure(err)
}

// builtOfFile is in the folder of Built and says what the programs were built of.
const builtOfFile = "built-of"

// builtOf names the sources and the Go release that programs are built of.
func (r *Realnet) builtOf(ctx context.Context) (string, error) {
	of := "go " + r.Go + "\n"
	for _, include := range [][]string{programSources, stageSources} {
		digest, err := r.sources(include).Digest(ctx)
		if err != nil {
			return "", err
		}
		of += digest + "\n"
	}
	return of, nil
}

// prebuiltFits reports whether programs were built of these sources.
func (r *Realnet) prebuiltFits(ctx context.Context, prebuilt *dagger.Directory) (bool, error) {
	now, err := r.builtOf(ctx)
	if err != nil {
		return false, err
	}
	there, err := prebuilt.Exists(ctx, builtOfFile)
	if err != nil || !there {
		return false, err
	}
	was, err := prebuilt.File(builtOfFile).Contents(ctx)
	return was == now, err
}
