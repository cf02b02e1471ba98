package model

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"hash/crc64"
	"io"
	"math"
)

// State is a training between two epochs: weights, running statistics, Adam's
// moments, the teacher's labels and the losses so far. The order of images
// follows from the seed and the epoch, so no random generator is part of it.
type State struct {
	Epoch   int // epochs done
	History History

	identity string // of the training: configuration, network and data
	labels   []int32
	tensors  []namedValues
}

type namedValues struct {
	name   string
	values []float32
}

// ErrState is returned when a stored State is damaged or of another format.
var ErrState = errors.New("model: damaged training state")

const stateMagic = "realnet training state 1\n"

// stateHeader precedes the values: labels, then the tensors in order, all
// little-endian, and the CRC-64/ECMA of everything before.
type stateHeader struct {
	Identity string
	Epoch    int
	History  History
	Labels   int
	Names    []string
	Lengths  []int
}

// newState refers to the running values of a training; it is not a copy.
func newState(identity string, net *Net, moves []*weight, moments map[*weight]moment) *State {
	s := &State{identity: identity}
	for _, w := range net.weights {
		s.tensors = append(s.tensors, namedValues{w.name, w.values})
	}
	for _, w := range moves {
		m := moments[w]
		s.tensors = append(s.tensors, namedValues{"m " + w.name, m.m}, namedValues{"v " + w.name, m.v})
	}
	return s
}

// restore copies a stored state into the running one, and lets go of it piece
// by piece: it is as large as the weights and moments together.
func (s *State) restore(from *State) error {
	if from.identity == "" {
		return fmt.Errorf("%w: the state has been used; read it again", ErrResume)
	}
	if from.identity != s.identity {
		return fmt.Errorf("%w: the state is of another training:\n  state: %s\n  now:   %s", ErrResume, from.identity, s.identity)
	}
	if len(from.tensors) != len(s.tensors) {
		return fmt.Errorf("%w: the state has %d tensors, want %d", ErrResume, len(from.tensors), len(s.tensors))
	}
	for i, t := range s.tensors {
		f := from.tensors[i]
		if f.name != t.name || len(f.values) != len(t.values) {
			return fmt.Errorf("%w: tensor %q of %d values, want %q of %d", ErrResume, f.name, len(f.values), t.name, len(t.values))
		}
	}
	for i, t := range s.tensors {
		copy(t.values, from.tensors[i].values)
		from.tensors[i].values = nil
	}
	from.identity = "" // used up
	s.Epoch, s.labels = from.Epoch, from.labels
	s.History.Steps = append([]Step(nil), from.History.Steps...)
	s.History.Epochs = append([]Epoch(nil), from.History.Epochs...)
	return nil
}

var stateTable = crc64.MakeTable(crc64.ECMA)

// WriteTo writes the state; it takes three float32 a parameter.
func (s *State) WriteTo(w io.Writer) (int64, error) {
	h := stateHeader{Identity: s.identity, Epoch: s.Epoch, History: s.History, Labels: len(s.labels)}
	for _, t := range s.tensors {
		h.Names, h.Lengths = append(h.Names, t.name), append(h.Lengths, len(t.values))
	}
	header, err := json.Marshal(h)
	if err != nil {
		return 0, fmt.Errorf("model: state: %w", err)
	}
	out := &stateWriter{w: bufio.NewWriterSize(w, 1<<20), sum: crc64.New(stateTable)}
	out.write([]byte(stateMagic))
	out.write(binary.LittleEndian.AppendUint64(nil, uint64(len(header))))
	out.write(header)
	buf := make([]byte, 0, 4*stateChunk)
	for lo := 0; lo < len(s.labels); lo += stateChunk {
		buf = buf[:0]
		for _, v := range s.labels[lo:min(lo+stateChunk, len(s.labels))] {
			buf = binary.LittleEndian.AppendUint32(buf, uint32(v))
		}
		out.write(buf)
	}
	for _, t := range s.tensors {
		for lo := 0; lo < len(t.values); lo += stateChunk {
			buf = buf[:0]
			for _, v := range t.values[lo:min(lo+stateChunk, len(t.values))] {
				buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(v))
			}
			out.write(buf)
		}
	}
	out.write(out.sum.Sum(nil))
	if out.err == nil {
		out.err = out.w.Flush()
	}
	return out.n, out.err
}

// stateChunk is the number of values converted at a time.
const stateChunk = 1 << 16

type stateWriter struct {
	w   *bufio.Writer
	sum hash.Hash64
	n   int64
	err error
}

func (s *stateWriter) write(b []byte) {
	if s.err != nil {
		return
	}
	s.sum.Write(b)
	var n int
	n, s.err = s.w.Write(b)
	s.n += int64(n)
}

// ReadState reads what WriteTo wrote. It fails with ErrState; what it
// allocates is bounded by what there is to read.
func ReadState(r io.Reader) (*State, error) {
	in := &stateReader{r: bufio.NewReaderSize(r, 1<<20), sum: crc64.New(stateTable)}
	if string(in.read(len(stateMagic))) != stateMagic {
		return nil, in.failure("it does not start as one")
	}
	length := in.read(8)
	if in.err != nil {
		return nil, in.failure("header")
	}
	size := binary.LittleEndian.Uint64(length)
	if size > 1<<30 {
		return nil, in.failure("the header's length is impossible")
	}
	var h stateHeader
	header := in.read(int(size))
	if in.err != nil {
		return nil, in.failure("header")
	}
	if err := json.Unmarshal(header, &h); err != nil || len(h.Names) != len(h.Lengths) || h.Labels < 0 || h.Epoch < 0 {
		return nil, in.failure("the header is not one")
	}
	s := &State{Epoch: h.Epoch, History: h.History, identity: h.Identity}
	in.words(h.Labels, func(v uint32) { s.labels = append(s.labels, int32(v)) })
	for i, name := range h.Names {
		t := namedValues{name: name}
		in.words(h.Lengths[i], func(v uint32) { t.values = append(t.values, math.Float32frombits(v)) })
		if in.err != nil {
			return nil, in.failure(name)
		}
		s.tensors = append(s.tensors, t)
	}
	want := in.sum.Sum(nil)
	if got := in.read(8); in.err != nil || string(got) != string(want) {
		return nil, in.failure("its checksum is wrong")
	}
	return s, nil
}

type stateReader struct {
	r   *bufio.Reader
	sum hash.Hash64
	err error
}

func (s *stateReader) failure(what string) error {
	if s.err != nil {
		return fmt.Errorf("%w: %s: %w", ErrState, what, s.err)
	}
	return fmt.Errorf("%w: %s", ErrState, what)
}

// read returns the next n bytes, allocated as they arrive.
func (s *stateReader) read(n int) []byte {
	var b []byte
	for s.err == nil && len(b) < n {
		at := len(b)
		b = append(b, make([]byte, min(n-at, 4*stateChunk))...)
		_, s.err = io.ReadFull(s.r, b[at:])
	}
	if s.err == nil {
		s.sum.Write(b)
	}
	return b
}

// words calls f with the next n 32-bit words.
func (s *stateReader) words(n int, f func(uint32)) {
	if n < 0 {
		s.err = errors.New("negative length")
	}
	for n > 0 && s.err == nil {
		k := min(n, stateChunk)
		b := s.read(4 * k)
		if s.err != nil {
			return
		}
		for i := 0; i < len(b); i += 4 {
			f(binary.LittleEndian.Uint32(b[i:]))
		}
		n -= k
	}
}
