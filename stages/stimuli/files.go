package stimuli

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"realnet/data/catalogue"
	"realnet/data/images"
	"realnet/data/tvsd"
)

// source is a dataset's files, and the archives among them that were opened.
type source struct {
	root     string
	files    []string
	archives []*images.Folder
}

func (s *source) full(file string) string { return filepath.Join(s.root, filepath.FromSlash(file)) }

func (s *source) close() {
	for _, a := range s.archives {
		a.Close()
	}
}

// imageFile is an image file in a folder, or in an archive.
type imageFile struct {
	path   string // in the dataset; of an archive's image, the archive's path and the path in it
	decode func() (images.RGB, error)
}

// images lists all image files in byte order of their paths.
func (s *source) images() ([]imageFile, error) {
	var found []imageFile
	for _, file := range s.files {
		if images.IsImage(file) {
			found = append(found, imageFile{file, func() (images.RGB, error) { return images.DecodeFile(s.full(file)) }})
		}
		if !images.IsArchive(file) {
			continue
		}
		archive, err := images.OpenFolder(s.full(file))
		if err != nil {
			return nil, err
		}
		s.archives = append(s.archives, archive)
		names, err := archive.Names()
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			found = append(found, imageFile{file + "/" + name, func() (images.RGB, error) { return archive.Decode(name) }})
		}
	}
	slices.SortFunc(found, func(a, b imageFile) int { return strings.Compare(a.path, b.path) })
	return found, nil
}

// pictureFiles lists the image files that the patterns name.
func pictureFiles(s *source, p Params) ([]picture, error) {
	files, err := s.images()
	if err != nil {
		return nil, err
	}
	var labels map[string]label
	if p.Labels != "" {
		var err error
		if labels, err = readLabels(s.full(p.Labels), p.Labels, p.Groups); err != nil {
			return nil, err
		}
	}
	var pictures []picture
	var folders []string
	listed := map[string]bool{}
	for _, f := range files {
		file := f.path
		if !catalogue.Match(p.Files, file) {
			continue
		}
		pic := picture{path: file, decode: f.decode}
		pic.Name, pic.Label = strings.TrimSuffix(path.Base(file), path.Ext(file)), -1
		if labels != nil {
			l, ok := labels[pic.Name]
			if !ok && tvsd.IsList(p.Labels) {
				continue // the list chooses among the images of THINGS
			}
			listed[pic.Name] = true
			if !ok {
				return nil, fmt.Errorf("%s: no row for image %q", p.Labels, pic.Name)
			}
			pic.Subset, pic.Label, pic.Class, pic.groups = l.subset, l.label, l.class, l.groups
		}
		if p.ClassFolders {
			pic.Class = path.Base(path.Dir(file))
			folders = append(folders, pic.Class)
		}
		train, test := len(p.Train) > 0 && catalogue.Match(p.Train, file), len(p.Test) > 0 && catalogue.Match(p.Test, file)
		switch {
		case train && test:
			return nil, fmt.Errorf("%s is both a training and a test image by the patterns train and test", file)
		case train:
			pic.Subset = "train"
		case test:
			pic.Subset = "test"
		}
		pictures = append(pictures, pic)
	}
	if tvsd.IsList(p.Labels) && len(listed) < len(labels) {
		var absent []string
		for name := range labels {
			if !listed[name] {
				absent = append(absent, name)
			}
		}
		return nil, fmt.Errorf("%s lists %d images, of which %d are not among the files, the first %s: put the images of THINGS into the dataset's folder", p.Labels, len(labels), len(absent), slices.Min(absent))
	}
	if len(pictures) == 0 {
		return nil, fmt.Errorf("no image among %d files matches %q", len(s.files), p.Files)
	}
	if p.ClassFolders {
		numberClasses(pictures, folders)
	}
	return pictures, nil
}

// numberClasses gives every image the place of its folder.
func numberClasses(pictures []picture, folders []string) {
	slices.Sort(folders)
	folders = slices.Compact(folders)
	for i := range pictures {
		at, _ := slices.BinarySearch(folders, pictures[i].Class)
		pictures[i].Label = int32(at)
	}
}

// label is what a table says of an image.
type label struct {
	subset string
	label  int32
	class  string
	groups []string // in the order of Params.Groups
}

func (l label) equal(other label) bool {
	return l.subset == other.subset && l.label == other.label && l.class == other.class && slices.Equal(l.groups, other.groups)
}
