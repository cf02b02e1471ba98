package synth

import (
	"context"
	"fmt"
	"image"
	"image/png"
	"io"
	"strconv"
	"sync"

	"realnet/data/bids"
)

// imagePath is an image's file, relative to the dataset's root.
func (o object) imagePath() string { return fmt.Sprintf("images/%s/%s.png", o.subset, o.name) }

// writeImages renders every image.
func (s *study) writeImages(ctx context.Context, out *output, workers int) error {
	list := s.objects()
	const batch = 32 // images a goroutine takes at once
	return parallel(ctx, workers, (len(list)+batch-1)/batch, func(b int) error {
		for _, o := range list[b*batch : min((b+1)*batch, len(list))] {
			im := newScene(o, s.Images.Jitter, stream(s.Seed, "scene", o.name)).render(s.Images.Size)
			if err := out.file(o.imagePath(), func(w io.Writer) error { return encodePNG(w, im.Width, im.Height, im.Pix) }); err != nil {
				return err
			}
		}
		return nil
	})
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
