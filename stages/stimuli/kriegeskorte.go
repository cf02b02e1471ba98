package stimuli

import (
	"fmt"
	"path"
	"slices"

	"realnet/data/catalogue"
	"realnet/data/images"
	"realnet/data/matfile"
)

// kriegeskorte lists the images of the struct array stimuli_92objs: fields image (175
// x 175 x 3) and category.
func kriegeskorte(s *source, p Params) ([]picture, error) {
	file := ""
	for _, f := range s.files {
		if path.Ext(f) != ".mat" || !catalogue.Match(p.Files, f) {
			continue
		}
		mat, err := matfile.Read(s.full(f))
		if err != nil {
			return nil, err
		}
		if !slices.Contains(mat.Names(), objects) {
			continue
		}
		if file != "" {
			return nil, fmt.Errorf("%s and %s both have %s: choose one with files", file, f, objects)
		}
		file = f
	}
	if file == "" {
		return nil, fmt.Errorf("no .mat file has the variable %s", objects)
	}
	mat, err := matfile.Read(s.full(file))
	if err != nil {
		return nil, err
	}
	all, err := mat.Var(objects)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	var pictures []picture
	var classes []string
	for i := range all.Len() {
		at := fmt.Sprintf("%s: %s(%d)", file, objects, i+1)
		category, err := all.Field("category", i)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", at, err)
		}
		pic := picture{path: at, decode: func() (images.RGB, error) {
			field, err := all.Field("image", i)
			if err != nil {
				return images.RGB{}, err
			}
			pix, height, width, err := field.Image()
			return images.RGB{Width: width, Height: height, Pix: pix}, err
		}}
		pic.Name = fmt.Sprintf("%02d", i+1)
		if pic.Class, err = category.Text(); err != nil {
			return nil, fmt.Errorf("%s: category: %w", at, err)
		}
		classes = append(classes, pic.Class)
		pictures = append(pictures, pic)
	}
	numberClasses(pictures, classes)
	return pictures, nil
}

const objects = "stimuli_92objs"
