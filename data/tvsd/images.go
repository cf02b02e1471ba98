package tvsd

import (
	"errors"
	"fmt"
	"path"
	"strings"
	"unicode/utf16"

	"realnet/data/matfile"
)

// ErrImages is returned for a file that is no list of images.
var ErrImages = errors.New("list of images")

// Image is one image that was shown.
type Image struct {
	Name  string // of its file, without folder and extension: aardvark_01b
	Class string // THINGS concept: aardvark
	Path  string // in the THINGS database: aardvark/aardvark_01b.jpg
}

// List is the images in the order of the responses.
type List struct{ Train, Test []Image }

// IsList reports whether a file, by its name, may be a list of images.
func IsList(file string) bool { return strings.EqualFold(path.Ext(file), ".mat") }

// ReadList reads things_imgs.mat.
func ReadList(file string) (List, error) {
	var l List
	f, err := matfile.Read(file)
	if err != nil {
		return l, err
	}
	for _, part := range []struct {
		name string
		to   *[]Image
	}{{"train_imgs", &l.Train}, {"test_imgs", &l.Test}} {
		v, err := f.Var(part.name)
		if err == nil {
			*part.to, err = imagesOf(v)
		}
		if err != nil {
			return l, fmt.Errorf("%s: %w: %s: %w", file, ErrImages, part.name, err)
		}
	}
	return l, nil
}

// imagesOf reads a struct array with a text in each field, or one struct with cells.
func imagesOf(v *matfile.Array) ([]Image, error) {
	paths, err := column(v, "things_path")
	if err != nil {
		return nil, err
	}
	classes, err := column(v, "class")
	if err != nil {
		return nil, err
	}
	if len(classes) != len(paths) {
		return nil, fmt.Errorf("%d classes for %d images", len(classes), len(paths))
	}
	out := make([]Image, len(paths))
	for i, p := range paths {
		p = strings.ReplaceAll(p, `\`, "/")
		name := strings.TrimSuffix(path.Base(p), path.Ext(p))
		if p == "" || name == "" {
			return nil, fmt.Errorf("image %d has the path %q", i+1, p)
		}
		out[i] = Image{Name: name, Class: classes[i], Path: p}
	}
	return out, nil
}

func column(v *matfile.Array, field string) ([]string, error) {
	var out []string
	for i := range v.Len() {
		a, err := v.Field(field, i)
		if err != nil {
			return nil, err
		}
		if a.Class != "cell" {
			s, err := text(a)
			if err != nil {
				return nil, fmt.Errorf("%s %d: %w", field, i+1, err)
			}
			out = append(out, s)
			continue
		}
		for k := range a.Len() {
			c, err := a.Cell(k)
			if err != nil {
				return nil, fmt.Errorf("%s %d: %w", field, k+1, err)
			}
			s, err := text(c)
			if err != nil {
				return nil, fmt.Errorf("%s %d: %w", field, k+1, err)
			}
			out = append(out, s)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no %s", field)
	}
	return out, nil
}

// text reads characters, also where the file does not say that they are.
func text(a *matfile.Array) (string, error) {
	if a.Class == "char" {
		return a.Text()
	}
	codes, err := a.Float64()
	if err != nil {
		return "", err
	}
	units := make([]uint16, len(codes))
	for i, c := range codes {
		units[i] = uint16(c)
		if float64(units[i]) != c || c < 32 {
			return "", fmt.Errorf("%v is no character", c)
		}
	}
	return string(utf16.Decode(units)), nil
}
