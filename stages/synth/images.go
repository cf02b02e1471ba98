package synth

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"io"
	"strconv"
	"sync"

	"realnet/data/bids"
)

// file is an image's file in the archive of its subset.
func (o object) file() string { return o.name + ".png" }

// archive is where the images of a subset are, relative to the dataset's root: thousands
// of small files would slow down everything that copies a dataset.
func archive(subset string) string { return fmt.Sprintf("images/%s.zip", subset) }

// writeImages renders every image.
func (s *study) writeImages(ctx context.Context, out *output, workers int) error {
	list := s.objects()
	for len(list) > 0 {
		n := 1
		for n < len(list) && list[n].subset == list[0].subset {
			n++
		}
		if err := out.file(archive(list[0].subset), func(w io.Writer) error { return s.writeArchive(ctx, w, list[:n], workers) }); err != nil {
			return err
		}
		list = list[n:]
	}
	return nil
}

// writeArchive renders images side by side and writes them in their order.
func (s *study) writeArchive(ctx context.Context, w io.Writer, list []object, workers int) error {
	z := zip.NewWriter(w)
	files := make([]bytes.Buffer, 32*max(workers, 1))
	for len(list) > 0 {
		some := list[:min(len(list), len(files))]
		err := parallel(ctx, workers, len(some), func(i int) error {
			im := newScene(some[i], s.Images.Jitter, stream(s.Seed, "scene", some[i].name)).render(s.Images.Size)
			files[i].Reset()
			return encodePNG(&files[i], im.Width, im.Height, im.Pix)
		})
		if err != nil {
			return err
		}
		for i, o := range some {
			f, err := z.CreateHeader(&zip.FileHeader{Name: o.file()}) // stored: a PNG is compressed
			if err != nil {
				return err
			}
			if _, err := f.Write(files[i].Bytes()); err != nil {
				return err
			}
		}
		list = list[len(some):]
	}
	return z.Close()
}

// encodePNG writes an RGB image, fast rather than small.
func encodePNG(w io.Writer, width, height int, rgb []byte) error {
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for i := range width * height {
		copy(m.Pix[4*i:], rgb[3*i:3*i+3])
		m.Pix[4*i+3] = 255
	}
	encoder := png.Encoder{CompressionLevel: png.BestSpeed, BufferPool: &encoderBuffers}
	return encoder.Encode(w, m)
}

// encoderBuffers spares a compressor for each image.
var encoderBuffers bufferPool

type bufferPool struct{ sync.Pool }

func (p *bufferPool) Get() *png.EncoderBuffer {
	b, _ := p.Pool.Get().(*png.EncoderBuffer)
	return b
}

func (p *bufferPool) Put(b *png.EncoderBuffer) { p.Pool.Put(b) }

// writeTables writes what each image is, and the dimensions of the held-out ones.
func (s *study) writeTables(_ context.Context, out *output, _ int) error {
	labels := bids.NewTable(append([]string{"name", "subset", "label", "class"}, attributeNames[:]...)...)
	for _, o := range s.objects() {
		if err := labels.Append(append([]string{o.name, o.subset, strconv.Itoa(o.class), o.className}, o.cells()...)...); err != nil {
			return err
		}
	}
	if err := out.text("labels.tsv", string(labels.Encode())); err != nil {
		return err
	}
	held := bids.NewTable(append([]string{"name"}, attributeNames[:]...)...)
	objects := s.test
	if s.Images.EEG > 0 {
		objects = append(append([]object{}, s.test...), s.eeg...)
	}
	for _, o := range objects {
		if err := held.Append(append([]string{o.name}, o.cells()...)...); err != nil {
			return err
		}
	}
	if err := out.text("dimensions.tsv", string(held.Encode())); err != nil {
		return err
	}
	names := bids.NewTable("dimension", "planted")
	for _, t := range s.dimensions() {
		if err := names.Append(t.Name, strconv.FormatBool(t.Planted)); err != nil {
			return err
		}
	}
	return out.text("dimension-labels.tsv", string(names.Encode()))
}

// cells are the attributes as text.
func (o object) cells() []string {
	cells := make([]string, attributeCount)
	for i, v := range o.attributes {
		cells[i] = strconv.FormatFloat(v, 'f', 6, 64)
	}
	return cells
}
