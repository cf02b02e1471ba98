package main

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

import "dagger/realnet/internal/dagger"

// swap is a program that replaces a stage.
type swap struct {
	container *dagger.Container // in which it runs
	programs  *dagger.Directory // mounted at folder
	folder    string            // below swapFolder, one a stage
	file      string            // in folder: the program, or a folder with an executable run
}

// mount puts the program into a container.
func (w swap) mount(c *dagger.Container) *dagger.Container {
	return c.WithMountedDirectory(w.folder, w.programs, dagger.ContainerWithMountedDirectoryOpts{ReadOnly: true})
}

// path is where the container finds the program.
func (w swap) path() string { return path.Join(w.folder, w.file) }

// readSwaps reads STAGE=PATH, of the folder of programs, and STAGE=IMAGE.
func (s *run) readSwaps(ctx context.Context, texts []string, programs *dagger.Directory, image string) error {
	if programs == nil {
		programs = s.Source
	}
	s.swaps = map[string]swap{}
	for _, text := range texts {
		name, what, err := cut(text, "STAGE=PATH or STAGE=IMAGE")
		if err != nil {
			return fmt.Errorf("--swap %w", err)
		}
		known := slices.ContainsFunc(s.plan.Nodes, func(n node) bool { return n.Stage == name })
		if !known {
			return fmt.Errorf("--swap %s: the study has no stage %s", text, name)
		}
		if _, twice := s.swaps[name]; twice {
			return fmt.Errorf("--swap %s: stage %s is replaced twice", text, name)
		}
		w, err := readSwap(ctx, what, programs, image)
		if err != nil {
			return fmt.Errorf("--swap %s: %w", text, err)
		}
		w.folder = path.Join(swapFolder, name)
		s.swaps[name] = w
	}
	return nil
}

func readSwap(ctx context.Context, what string, programs *dagger.Directory, image string) (swap, error) {
	rel := path.Clean(strings.TrimPrefix(what, "./"))
	local := !path.IsAbs(rel) && rel != ".." && !strings.HasPrefix(rel, "../")
	if local {
		there, err := programs.Exists(ctx, rel)
		if err != nil {
			return swap{}, err
		}
		if there {
			return programSwap(ctx, programs, rel, image)
		}
	}
	if strings.HasPrefix(what, ".") || path.IsAbs(what) {
		return swap{}, fmt.Errorf("no such file in the folder of programs; paths are relative to --programs, by default the source tree")
	}
	return imageSwap(ctx, what)
}

// programSwap mounts a file, or a folder with an executable run, in the image of
// programs.
func programSwap(ctx context.Context, programs *dagger.Directory, rel, image string) (swap, error) {
	w := swap{container: dag.Container().From(image), file: path.Base(rel)}
	isDir, err := programs.Exists(ctx, rel, dagger.DirectoryExistsOpts{ExpectedType: dagger.ExistsTypeDirectoryType})
	if err != nil {
		return w, err
	}
	if isDir {
		w.programs = dag.Directory().WithDirectory(path.Base(rel), programs.Directory(rel))
	} else {
		w.programs = dag.Directory().WithFile(path.Base(rel), programs.File(rel))
	}
	return w, nil
}

// imageSwap runs the entry point of an image. The program that artifacts record
// is a script that names the image by its digest.
func imageSwap(ctx context.Context, ref string) (swap, error) {
	c := dag.Container().From(ref)
	exact, err := c.ImageRef(ctx)
	if err != nil { // the command would show the cause alone of an error that is wrapped
		return swap{}, fmt.Errorf("%s is neither in the folder of programs nor an image: %s", ref, err.Error())
	}
	entry, err := c.Entrypoint(ctx)
	if err != nil {
		return swap{}, err
	}
	if len(entry) == 0 {
		return swap{}, fmt.Errorf("image %s has no entry point: nothing says what keeps the contract of the stage", ref)
	}
	script := "#!/bin/sh\n# " + exact + "\nexec"
	for _, word := range entry {
		script += " '" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	script += " \"$@\"\n"
	return swap{
		container: c,
		programs:  dag.Directory().WithNewFile("run", script, dagger.DirectoryWithNewFileOpts{Permissions: 0o755}),
		file:      "run",
	}, nil
}

func sorted(m map[string]swap) []string { return slices.Sorted(maps.Keys(m)) }
