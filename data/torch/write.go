package torch

import (
	"archive/zip"
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"slices"

	"realnet/data/array"
)

// Write writes tensors as a zip checkpoint that holds their OrderedDict: what
// torch.load returns and load_state_dict takes. The same tensors give the same
// bytes. ErrUnsupported for unsigned types other than uint8, strings and objects.
func Write(w io.Writer, tensors []array.Named) error {
	z := zip.NewWriter(w)
	entry := func(name string) (io.Writer, error) {
		return z.CreateHeader(&zip.FileHeader{Name: "archive/" + name, Method: zip.Store})
	}
	p, err := entry("data.pkl")
	if err != nil {
		return err
	}
	body, err := stateDict(tensors)
	if err != nil {
		return err
	}
	if _, err := p.Write(body); err != nil {
		return err
	}
	for i, t := range tensors {
		e, err := entry(fmt.Sprintf("data/%d", i))
		if err != nil {
			return err
		}
		if err := t.Encode(e); err != nil {
			return fmt.Errorf("tensor %q: %w", t.Name, err)
		}
	}
	v, err := entry("version")
	if err != nil {
		return err
	}
	if _, err := io.WriteString(v, "3\n"); err != nil {
		return err
	}
	return z.Close()
}

// WriteFile writes a checkpoint to a new file, or over an old one.
func WriteFile(path string, tensors []array.Named) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	b := bufio.NewWriterSize(f, 1<<18)
	if err := Write(b, tensors); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return b.Flush()
}

// stateDict pickles the OrderedDict, protocol 2. The letters are those of Python's
// pickletools.
func stateDict(tensors []array.Named) ([]byte, error) {
	const orderedDict = "ccollections\nOrderedDict\n)R"
	b := []byte("\x80\x02" + orderedDict + "(")
	for i, t := range tensors {
		class, err := className(t.DType)
		if err != nil {
			return nil, fmt.Errorf("tensor %q: %w", t.Name, err)
		}
		n := t.Len()
		b = appendText(b, t.Name)
		b = append(b, "ctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\n"+class+"\n"...)
		b = appendText(b, fmt.Sprint(i))
		b = appendText(b, "cpu")
		b = appendInt(b, n)
		b = append(b, "tQK\x00("...) // storage by persistent identifier; offset 0
		strides := make([]int, len(t.Shape))
		step := 1
		for k, d := range slices.Backward(t.Shape) {
			strides[k] = step
			step *= max(1, d)
		}
		for _, d := range t.Shape {
			b = appendInt(b, d)
		}
		b = append(b, "t("...)
		for _, s := range strides {
			b = appendInt(b, s)
		}
		b = append(b, "t\x89"+orderedDict+"tR"...) // requires_grad False; no hooks
	}
	return append(b, "u."...), nil
}

func className(dt array.DType) (string, error) {
	for name, known := range elementTypes {
		if known.Kind == dt.Kind && known.Size == dt.Size {
			return name + "Storage", nil
		}
	}
	return "", fmt.Errorf("%w: writing %s", ErrUnsupported, dt)
}

func appendText(b []byte, s string) []byte {
	b = append(b, 'X')
	b = binary.LittleEndian.AppendUint32(b, uint32(len(s)))
	return append(b, s...)
}

func appendInt(b []byte, n int) []byte {
	if n < 1<<31 {
		return binary.LittleEndian.AppendUint32(append(b, 'J'), uint32(n))
	}
	return binary.LittleEndian.AppendUint64(append(b, 0x8a, 8), uint64(n))
}
