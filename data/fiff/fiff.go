package fiff

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

var (
	// ErrFormat is returned for files that are no FIFF files or contradict themselves.
	ErrFormat = errors.New("damaged or not a FIFF file")
	// ErrUnsupported is returned for FIFF files without epochs, and for complex ones.
	ErrUnsupported = errors.New("unsupported FIFF file")
)

// Kinds of tags and blocks, and types of data, that epochs need.
const (
	tagFileID      = 100
	tagBlockStart  = 104
	tagBlockEnd    = 105
	tagRefRole     = 115
	tagRefName     = 118
	tagRate        = 201
	tagChannel     = 203
	tagDescription = 206
	tagFirst       = 208
	tagLast        = 209
	tagLongName    = 258
	tagEpoch       = 302
	tagNames       = 3507
	tagActive      = 3560
	tagEvents      = 3561

	blockChannel  = 113
	blockRef      = 118
	blockProj     = 313
	blockProjItem = 314
	blockBads     = 359
	blockEvents   = 361
	blockEpochs   = 373

	typeFloat    = 4
	typeDouble   = 5
	typeMatrix   = 0x40000000
	typeBase     = 0xfff
	nextFile     = 2 // role of the file with the next part of a split one
	channelBytes = 96
	maxTag       = 64 << 20 // bytes of any tag but the data
)

// Kinds of channels.
const (
	MEG  = 1
	EEG  = 2
	Stim = 3
	EOG  = 202
	SEEG = 802
	DBS  = 803
	ECoG = 902
)

// Channel is one channel of the epochs.
type Channel struct {
	Name string
	Kind int  // MEG, EEG, ...
	Bad  bool // marked as bad
	cal  float64
}

// Epochs are the trials of a file.
type Epochs struct {
	Channels    []Channel
	Rate        float64 // samples per second
	First       int     // sample of the first time, relative to the event
	Samples     int     // of each trial
	Events      [][3]int
	EventID     map[string]int
	Projections int // that are in the file and not yet applied to the data

	parts []part
}

// part is the trials of one file.
type part struct {
	f      *os.File
	off    int64
	width  int // bytes of a value
	trials int
}

// IsFIFF reports whether a file that begins with these bytes is a FIFF file.
func IsFIFF(head []byte) bool {
	return len(head) >= 16 && binary.BigEndian.Uint32(head) == tagFileID && binary.BigEndian.Uint32(head[4:]) == 31 && binary.BigEndian.Uint32(head[8:]) == 20
}

// Open opens a file of epochs, and its further parts.
func Open(path string) (*Epochs, error) {
	e := &Epochs{}
	if err := e.open(path); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// open adds a file, and its further parts beside it.
func (e *Epochs) open(path string) error {
	dir := filepath.Dir(path)
	for seen := map[string]bool{}; path != ""; {
		if seen[path] || len(seen) > 1000 {
			return fmt.Errorf("%s: %w: it names itself as its next part", path, ErrFormat)
		}
		seen[path] = true
		next, err := e.add(path)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if path = ""; next != "" {
			path = filepath.Join(dir, filepath.Base(next))
		}
	}
	return nil
}

// Close closes the files.
func (e *Epochs) Close() error {
	var errs []error
	for _, p := range e.parts {
		errs = append(errs, p.f.Close())
	}
	e.parts = nil
	return errors.Join(errs...)
}

// tag is the head of one tag.
type tag struct {
	kind, typ int
	size      int64
	at        int64 // of its data
}

// scanner goes from tag to tag and keeps which blocks are open.
type scanner struct {
	f      *os.File
	size   int64
	pos    int64
	blocks []int
}

// next returns the next tag; io.EOF at the end.
func (s *scanner) next() (tag, error) {
	var head [16]byte
	if s.pos < 0 || s.pos >= s.size {
		return tag{}, io.EOF
	}
	if n, err := s.f.ReadAt(head[:], s.pos); n < len(head) {
		return tag{}, fmt.Errorf("%w: ends in a tag at %d: %w", ErrFormat, s.pos, err)
	}
	word := func(i int) int32 { return int32(binary.BigEndian.Uint32(head[4*i:])) }
	t := tag{kind: int(word(0)), typ: int(uint32(word(1))), size: int64(word(2)), at: s.pos + 16}
	if t.size < 0 || t.size > s.size-t.at {
		return t, fmt.Errorf("%w: tag %d at %d of %d bytes, %d are left", ErrFormat, t.kind, s.pos, t.size, s.size-t.at)
	}
	switch next := int64(word(3)); {
	case next == 0:
		s.pos = t.at + t.size
	case next < 0:
		s.pos = s.size
	case next <= s.pos:
		return t, fmt.Errorf("%w: tag at %d is followed by one at %d", ErrFormat, s.pos, next)
	default:
		s.pos = next
	}
	return t, nil
}

func (s *scanner) data(t tag) ([]byte, error) {
	if t.size > maxTag {
		return nil, fmt.Errorf("%w: tag %d of %d bytes", ErrFormat, t.kind, t.size)
	}
	b := make([]byte, t.size)
	if n, err := s.f.ReadAt(b, t.at); n < len(b) {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return b, nil
}

func (s *scanner) in(block int) bool { return slices.Contains(s.blocks, block) }

// add reads the description of a file and adds its trials. next is the file of its
// next part.
func (e *Epochs) add(path string) (next string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	e.parts = append(e.parts, part{f: f}) // closed with the others
	p := &e.parts[len(e.parts)-1]
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	head := make([]byte, 16)
	if n, _ := f.ReadAt(head, 0); !IsFIFF(head[:n]) {
		return "", ErrFormat
	}
	d := description{scanner: scanner{f: f, size: info.Size()}}
	if err := d.read(); err != nil {
		return "", err
	}
	return d.next, e.join(p, &d)
}

// description is what is collected of one file.
type description struct {
	scanner
	channels   []Channel
	long       []string // names of more than 15 characters
	bads       []string
	rate       float64
	first      int
	last       int
	events     [][3]int
	ids        map[string]int
	epoch      *tag
	inactive   int
	role       int
	nextName   string
	next       string
	projActive bool
}

func (d *description) read() error {
	for {
		t, err := d.scanner.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch {
		case t.kind == tagEpoch && d.in(blockEpochs):
			d.epoch = &t
			continue
		case t.size > maxTag:
			continue
		}
		b, err := d.data(t)
		if err != nil {
			return err
		}
		if err := d.take(t.kind, b); err != nil {
			return err
		}
	}
}

// take keeps what matters of a tag.
func (d *description) take(kind int, b []byte) error {
	integer := func() int {
		if len(b) < 4 {
			return 0
		}
		return int(int32(binary.BigEndian.Uint32(b)))
	}
	switch {
	case kind == tagBlockStart:
		if len(d.blocks) > 64 {
			return fmt.Errorf("%w: blocks nested more than 64 deep", ErrFormat)
		}
		d.blocks = append(d.blocks, integer())
		d.projActive = false
	case kind == tagBlockEnd:
		if n := len(d.blocks); n > 0 {
			if d.blocks[n-1] == blockProjItem && !d.projActive {
				d.inactive++
			}
			if d.blocks[n-1] == blockRef && d.role == nextFile {
				d.next = d.nextName
			}
			d.blocks = d.blocks[:n-1]
		}
	case kind == tagRate && len(b) >= 4:
		d.rate = float64(math.Float32frombits(binary.BigEndian.Uint32(b)))
		if len(b) >= 8 {
			d.rate = math.Float64frombits(binary.BigEndian.Uint64(b))
		}
	case kind == tagChannel:
		if len(b) < channelBytes {
			return fmt.Errorf("%w: channel of %d bytes", ErrFormat, len(b))
		}
		name, _, _ := strings.Cut(string(b[80:96]), "\x00")
		d.channels = append(d.channels, Channel{
			Name: latin1(name), Kind: int(int32(binary.BigEndian.Uint32(b[8:]))), cal: float64(math.Float32frombits(binary.BigEndian.Uint32(b[16:]))),
		})
	case kind == tagLongName && d.in(blockChannel):
		d.long = append(d.long, latin1(string(b)))
	case kind == tagNames && d.in(blockBads):
		d.bads = append(d.bads, strings.Split(latin1(string(b)), ":")...)
	case kind == tagActive && d.in(blockProj):
		d.projActive = integer() != 0
	case kind == tagEvents && d.in(blockEvents):
		if len(b)%12 != 0 {
			return fmt.Errorf("%w: events of %d bytes", ErrFormat, len(b))
		}
		// sample, value before, event: one after the other
		n := len(b) / 12
		for i := range n {
			var ev [3]int
			for k := range ev {
				ev[k] = int(int32(binary.BigEndian.Uint32(b[4*(3*i+k):])))
			}
			d.events = append(d.events, ev)
		}
	case kind == tagDescription && d.in(blockEvents):
		d.ids = map[string]int{}
		for _, pair := range strings.Split(latin1(string(b)), ";") {
			at := strings.LastIndexByte(pair, ':')
			if at < 0 {
				continue
			}
			id, err := strconv.Atoi(pair[at+1:])
			if err != nil {
				return fmt.Errorf("%w: event %q", ErrFormat, pair)
			}
			d.ids[pair[:at]] = id
		}
	case kind == tagFirst && d.in(blockEpochs):
		d.first = integer()
	case kind == tagLast && d.in(blockEpochs):
		d.last = integer()
	case kind == tagRefRole:
		d.role = integer()
	case kind == tagRefName:
		d.nextName = latin1(string(b))
	}
	return nil
}

// latin1 is the encoding of texts.
func latin1(s string) string {
	r := make([]rune, len(s))
	for i := range r {
		r[i] = rune(s[i])
	}
	return string(r)
}

// join checks a file's description and adds it to what was read before.
func (e *Epochs) join(p *part, d *description) error {
	if d.epoch == nil {
		return fmt.Errorf("%w: it holds no epochs: save them with epochs.save(\"...-epo.fif\")", ErrUnsupported)
	}
	for i := range d.channels {
		c := &d.channels[i]
		c.Bad = slices.Contains(d.bads, c.Name) // by its short name
		if len(d.long) == len(d.channels) {
			c.Name = d.long[i]
			c.Bad = c.Bad || slices.Contains(d.bads, c.Name)
		}
	}
	samples := d.last - d.first + 1
	switch d.epoch.typ {
	case typeMatrix | typeFloat:
		p.width = 4
	case typeMatrix | typeDouble:
		p.width = 8
	default:
		return fmt.Errorf("%w: epochs of type %#x (complex?)", ErrUnsupported, d.epoch.typ)
	}
	p.off, p.trials = d.epoch.at, len(d.events)
	const tail = 16 // the matrix's shape, behind its values
	stored := (d.epoch.size - tail) / int64(p.width)
	if samples < 1 || d.rate <= 0 || len(d.channels) == 0 || stored/int64(samples)/int64(len(d.channels)) != int64(p.trials) ||
		stored != int64(samples)*int64(len(d.channels))*int64(p.trials) {
		return fmt.Errorf("%w: %d trials of %d channels and %d samples in %d values", ErrFormat, p.trials, len(d.channels), samples, stored)
	}
	if len(e.parts) > 1 {
		same := slices.EqualFunc(e.Channels, d.channels, func(a, b Channel) bool { return a.Name == b.Name })
		if !same || e.Samples != samples || e.Rate != d.rate {
			return fmt.Errorf("%w: other channels or times than in the file before", ErrFormat)
		}
		e.Events = append(e.Events, d.events...)
		return nil
	}
	e.Channels, e.Rate, e.First, e.Samples = d.channels, d.rate, d.first, samples
	e.Events, e.EventID, e.Projections = d.events, d.ids, d.inactive
	return nil
}
