package stimuli

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"realnet/data/catalogue"
	"realnet/data/images"
)

// extensions of image files, in lower case.
var extensions = []string{".jpeg", ".jpg", ".png", ".gif", ".bmp", ".webp"}

// pictureFiles lists the image files that the patterns name.
func pictureFiles(root string, files []string, p Params) ([]picture, error) {
	var labels map[string]label
	if p.Labels != "" {
		var err error
		if labels, err = readLabels(filepath.Join(root, filepath.FromSlash(p.Labels)), p.Labels); err != nil {
			return nil, err
		}
	}
	var pictures []picture
	var folders []string
	slices.Sort(files)
	for _, file := range files {
		if !slices.Contains(extensions, strings.ToLower(path.Ext(file))) || !catalogue.Match(p.Files, file) {
			continue
		}
		full := filepath.Join(root, filepath.FromSlash(file))
		pic := picture{path: file, decode: func() (images.RGB, error) { return images.DecodeFile(full) }}
		pic.Name, pic.Label = strings.TrimSuffix(path.Base(file), path.Ext(file)), -1
		if labels != nil {
			l, ok := labels[pic.Name]
			if !ok {
				return nil, fmt.Errorf("%s: no row for image %q", p.Labels, pic.Name)
			}
			pic.Subset, pic.Label, pic.Class = l.subset, l.label, l.class
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
	if len(pictures) == 0 {
		return nil, fmt.Errorf("no image among %d files matches %q", len(files), p.Files)
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
}
