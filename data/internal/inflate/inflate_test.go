package inflate

import (
	"bytes"
	"compress/flate"
	stdgzip "compress/gzip"
	stdzlib "compress/zlib"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"
)

// texts are of every kind: empty, one byte, noise (stored), a few symbols, long copies
// near and far, more than the window.
func texts() [][]byte {
	rng := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 300_000)
	narrow := make([]byte, 400_000)
	steep := make([]byte, 200_000)
	for i := range noise {
		noise[i] = byte(rng.Uint32())
	}
	for i := range narrow {
		narrow[i] = byte(128 + 20*rng.NormFloat64())
	}
	for i := range steep {
		steep[i] = byte(rng.ExpFloat64() * 3)
	}
	far := append(bytes.Repeat(noise[:30_000], 12), bytes.Repeat([]byte("abcdefg"), 9000)...)
	return [][]byte{{}, {7}, []byte("hello, hello, hello"), make([]byte, 100_000), noise, narrow, steep, far}
}

func packed(t testing.TB, level int, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := stdgzip.NewWriterLevel(&b, level)
	if err != nil {
		t.Fatal(err)
	}
	w.Name, w.Comment, w.Extra = "name", "comment", []byte{1, 2, 3}
	_, _ = w.Write(text)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGzip(t *testing.T) {
	var members, all []byte
	for i, text := range texts() {
		for _, level := range []int{flate.HuffmanOnly, flate.NoCompression, 1, 6, 9} {
			b := packed(t, level, text)
			members, all = append(members, b...), append(all, text...)
			for name, r := range map[string]io.Reader{"whole": bytes.NewReader(b), "halves": iotest.HalfReader(bytes.NewReader(b)), "with its end": iotest.DataErrReader(bytes.NewReader(b))} {
				z, err := NewGzip(r)
				if err != nil {
					t.Fatal(err)
				}
				if got, err := io.ReadAll(z); err != nil || !bytes.Equal(got, text) {
					t.Errorf("text %d, level %d, %s: %d bytes of %d, %v", i, level, name, len(got), len(text), err)
				}
			}
		}
	}
	z, err := NewGzip(bytes.NewReader(members))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(iotest.OneByteReader(z)); err != nil || !bytes.Equal(got, all) {
		t.Errorf("%d bytes of %d of all members, %v", len(got), len(all), err)
	}
}

func TestZlib(t *testing.T) {
	var z *Reader
	for i, text := range texts() {
		var b bytes.Buffer
		w := stdzlib.NewWriter(&b)
		_, _ = w.Write(text)
		_ = w.Close()
		var err error
		if z == nil {
			z, err = NewZlib(&b)
		} else {
			err = z.Reset(&b)
		}
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(z); err != nil || !bytes.Equal(got, text) {
			t.Errorf("text %d: %d bytes of %d, %v", i, len(got), len(text), err)
		}
	}
}

// A stream cut anywhere is an early end; one with a changed byte is an error, if only
// at the checksum. Where compress/gzip finds none (a changed name), neither do we.
func TestDamage(t *testing.T) {
	text := bytes.Repeat([]byte("a stream that is cut, a stream that is changed; "), 40)
	b := packed(t, 6, text)
	for n := range b {
		if _, err := unzip(b[:n]); !errors.Is(err, io.ErrUnexpectedEOF) && (n > 0 || !errors.Is(err, io.EOF)) {
			t.Errorf("cut at %d of %d: %v", n, len(b), err)
		}
	}
	for i := range b {
		changed := bytes.Clone(b)
		changed[i] ^= 0x55
		got, err := unzip(changed)
		want, wantErr := stdUnzip(changed)
		if (err == nil) != (wantErr == nil) || err == nil && !bytes.Equal(got, want) {
			t.Errorf("byte %d changed: %v, compress/gzip says %v", i, err, wantErr)
		}
	}
	fails := errors.New("the disk")
	z, err := NewGzip(io.MultiReader(bytes.NewReader(b[:60]), iotest.ErrReader(fails)))
	if err == nil {
		_, err = io.ReadAll(z)
	}
	if !errors.Is(err, fails) {
		t.Errorf("error %v", err)
	}
}

func unzip(b []byte) ([]byte, error) {
	z, err := NewGzip(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(z, 1<<24))
}

func stdUnzip(b []byte) ([]byte, error) {
	z, err := stdgzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(z, 1<<24))
}

// FuzzBlocks compares streams of any bytes with compress/flate: the same bytes, or an
// error from both.
func FuzzBlocks(f *testing.F) {
	for _, text := range texts() {
		var b bytes.Buffer
		w, _ := flate.NewWriter(&b, 6)
		_, _ = w.Write(text[:min(len(text), 2000)])
		_ = w.Close()
		f.Add(b.Bytes())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var d decoder
		d.reset(bytes.NewReader(b))
		got, err := io.ReadAll(io.LimitReader(readerFunc(d.read), 1<<22))
		want, wantErr := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(b)), 1<<22))
		if (err == nil) != (wantErr == nil) || err == nil && !bytes.Equal(got, want) {
			t.Fatalf("%d bytes, %v; compress/flate: %d bytes, %v", len(got), err, len(want), wantErr)
		}
	})
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func BenchmarkGzip(b *testing.B) {
	for i, name := range map[int]string{5: "noise of 20", 7: "copies"} {
		packed := packed(b, 6, texts()[i])
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(texts()[i])))
			for b.Loop() {
				z, err := NewGzip(bytes.NewReader(packed))
				if err == nil {
					_, err = io.Copy(io.Discard, z)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
