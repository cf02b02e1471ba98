package jpeg

import "errors"

// Errors of the package.
var (
	// ErrFormat is returned when the bytes are no whole, undamaged JPEG.
	ErrFormat = errors.New("jpeg: damaged or not a JPEG")
	// ErrUnsupported is returned for the kinds of JPEG that are not decoded.
	ErrUnsupported = errors.New("jpeg: kind not supported")
)

// Image is a decoded image: Height x Width x Channels samples. One channel is grey,
// three are RGB, four are CMYK as stored (Adobe stores it inverted).
type Image struct {
	Width, Height, Channels int
	Pix                     []byte
}

// component is one of the planes that an image is coded as.
type component struct {
	id         byte
	h, v       int // sampling factors
	table      byte
	quant      *[64]int16 // row-major, of 16 bits without sign; latched at the first scan
	width      int        // samples, without the padding to whole blocks
	height     int
	blocks     int // a row, in a scan of this component alone
	rows       int // of blocks, in such a scan
	stride     int // samples a row of plane, whole MCUs
	plane      []byte
	coefs      []int16  // progressive only: 64 a block, natural order
	precision  [64]int8 // progressive only: low bits still missing, -1 all
	dc         int32    // predictor
	dcTable    byte
	acTable    byte
	transmuted bool // its plane holds samples
}

// decoder is the state of one decoding.
type decoder struct {
	data          []byte
	pos           int
	width, height int
	progressive   bool
	hMax, vMax    int
	mcusX, mcusY  int
	comps         []component
	quant         [4]*[64]int16
	huff          [2][4]*huffman
	restart       int
	jfif          bool
	adobe         bool
	transform     byte
	eobRun        int
	bits          bits
}

// Decode decodes a whole JPEG file.
func Decode(data []byte) (*Image, error) {
	d := &decoder{data: data}
	if err := d.segments(); err != nil {
		return nil, err
	}
	if err := d.complete(); err != nil {
		return nil, err
	}
	return d.convert()
}
