package images

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// extensions of image files, in lower case.
var extensions = []string{".bmp", ".gif", ".jpeg", ".jpg", ".png", ".webp"}

// IsImage says whether a file's name has the extension of an image that Decode reads
// and is not hidden, as a Mac's ._x.jpg is.
func IsImage(name string) bool {
	return !strings.HasPrefix(path.Base(name), ".") && slices.Contains(extensions, strings.ToLower(path.Ext(name)))
}

// Folder is a folder of files, or a .zip archive of them. It may be used by several
// goroutines.
type Folder struct {
	path    string
	files   fs.FS
	archive *zip.ReadCloser // nil for a folder
}

// OpenFolder opens a folder or an archive. The caller closes it.
func OpenFolder(path string) (*Folder, error) {
	if !IsArchive(path) {
		return &Folder{path: path, files: os.DirFS(path)}, nil
	}
	z, err := zip.OpenReader(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &Folder{path, z, z}, nil
}

// IsArchive says whether a file is an archive by its name.
func IsArchive(name string) bool { return strings.EqualFold(path.Ext(name), ".zip") }

// Close ends the reading.
func (f *Folder) Close() {
	if f.archive != nil {
		_ = f.archive.Close()
	}
}

// Names lists the images of the folder itself, or of the whole archive, in byte order.
// Names in an archive are paths with slashes. A name that an archive has twice is an
// error.
func (f *Folder) Names() ([]string, error) {
	var names []string
	if f.archive == nil {
		entries, err := os.ReadDir(f.path)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if !e.IsDir() && IsImage(e.Name()) {
				names = append(names, e.Name())
			}
		}
	} else {
		for _, e := range f.archive.File {
			if IsImage(e.Name) {
				names = append(names, e.Name)
			}
		}
	}
	slices.Sort(names)
	for i := range names[min(1, len(names)):] {
		if names[i] == names[i+1] {
			return nil, fmt.Errorf("%s has %s twice", f.path, names[i])
		}
	}
	return names, nil
}

// Decode decodes one of the images. An archive's checksum of it is checked.
func (f *Folder) Decode(name string) (RGB, error) {
	data, err := f.read(name)
	if err != nil {
		return RGB{}, f.failed(name, err)
	}
	img, err := Decode(data)
	if err != nil {
		return RGB{}, f.failed(name, err)
	}
	return img, nil
}

// maxFile is more than the largest image that Decode takes needs uncompressed.
const maxFile = 1 << 30

// read reads a file as it comes: fs.ReadFile would allocate what an archive claims.
func (f *Folder) read(name string) ([]byte, error) {
	file, err := f.files.Open(name)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if len(data) > maxFile {
		err = fmt.Errorf("%w: more than %d bytes", ErrTooLarge, maxFile)
	}
	return data, errors.Join(err, file.Close())
}

// failed says where an error is from; that of an encrypted file reads as damage.
func (f *Folder) failed(name string, err error) error {
	if f.archive != nil {
		const encrypted = 1
		for _, e := range f.archive.File {
			if e.Name == name && e.Flags&encrypted != 0 {
				err = errors.New("the archive is encrypted: unpack it with its password")
			}
		}
	}
	return fmt.Errorf("%s/%s: %w", f.path, name, err)
}
