package arrays

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"realnet/artifacts"
	"realnet/data/array"
	"realnet/data/bdata"
	"realnet/data/nifti"
	"realnet/data/npy"
)

// Options say which part of a file is meant, for the kinds that need it.
type Options struct {
	Mask   string // NIfTI: image whose voxels above 0 are taken
	Select string // BData: columns; features: layer; dict: key; patterns: region
	Labels string // BData: key whose labels name the rows
}

// Read reads an array from a file or an artifact's folder.
func Read(path string, o Options) (*Array, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	a, err := read(path, info.IsDir(), o)
	if err != nil && !strings.Contains(err.Error(), path) {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return a, err
}

func read(path string, folder bool, o Options) (*Array, error) {
	name := strings.ToLower(filepath.Base(path))
	has := func(ends ...string) bool {
		for _, e := range ends {
			if strings.HasSuffix(name, e) {
				return true
			}
		}
		return false
	}
	switch {
	case folder:
		if _, err := os.Stat(filepath.Join(path, artifacts.ManifestName)); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%w: a folder without %s is no artifact", ErrFormat, artifacts.ManifestName)
		}
		art, err := artifacts.Open(path)
		if err != nil {
			return nil, err
		}
		return ofArtifact(art, o)
	case has(".npy"):
		return readNPY(path, o)
	case has(".csv", ".tsv", ".txt"):
		return readText(path)
	case has(".nii", ".nii.gz", ".hdr", ".img"):
		return readNIfTI(path, o)
	case has(".h5", ".hdf5", ".mat"):
		return readBData(path, o)
	}
	return nil, fmt.Errorf("%w: want .npy, .csv, .tsv, .txt, .nii, .nii.gz, .h5, .mat or an artifact's folder", ErrFormat)
}

// things is the key of the data in the files of THINGS-EEG2.
const things = "preprocessed_eeg_data"

func readNPY(path string, o Options) (*Array, error) {
	f, err := npy.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if f.DType.Kind != array.Object {
		return of(f.Array)
	}
	d, err := npy.AsDict(f.Array)
	if err != nil {
		return nil, err
	}
	key := o.Select
	if key == "" {
		key = things
	}
	values, err := d.Array(key)
	if err != nil {
		return nil, fmt.Errorf("%w (keys: %v; choose with --select)", err, d.Keys)
	}
	a, err := of(values)
	if err != nil {
		return nil, err
	}
	if times, err := d.Array("times"); err == nil && len(a.Shape) > 0 && times.Len() == a.Shape[len(a.Shape)-1] {
		if a.Times, err = times.Float64(); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// readNIfTI gives volumes x voxels of the mask.
func readNIfTI(path string, o Options) (*Array, error) {
	if o.Mask == "" {
		return nil, fmt.Errorf("%w: a NIfTI image needs --mask: the voxels to take", ErrShape)
	}
	im, err := nifti.Open(path)
	if err != nil {
		return nil, err
	}
	mask, err := nifti.ReadMask(o.Mask)
	if err != nil {
		return nil, err
	}
	values, err := nifti.ReadMasked[float32](im, mask)
	if err != nil {
		return nil, err
	}
	n := im.NumVolumes()
	return &Array{Shape: []int{n, len(values) / max(n, 1)}, Single: values}, nil
}

// readBData gives samples x the columns of the selection.
func readBData(path string, o Options) (a *Array, err error) {
	if o.Select == "" {
		return nil, fmt.Errorf(`%w: BData needs --select: the columns to take, such as "ROI_V1 + ROI_V2"`, ErrShape)
	}
	f, err := bdata.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	m, err := f.Select(o.Select)
	if err != nil {
		return nil, err
	}
	a = &Array{Shape: []int{m.Rows, m.Cols}, Double: m.Data}
	if o.Labels != "" {
		if a.Names, err = f.Labels(o.Labels); err != nil {
			return nil, err
		}
	}
	return a, nil
}
