package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	stdjpeg "image/jpeg"
	"math/rand/v2"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"realnet/data/hdf5"
	"realnet/data/images"
	"realnet/data/nifti"
	"realnet/stages/analysis/compare"
	"realnet/stages/analysis/decoding"
	"realnet/stages/analysis/inference"
	"realnet/stages/analysis/pca"
	"realnet/stages/analysis/rdm"
)

// workloads are of the sizes that studies have.
var workloads = []workload{
	{
		name: "rdm", text: "correlation RDM of 200 conditions x 200,704 features, float32", items: 200 * 199 / 2, unit: "pair",
		flops: 200 * 199 * 200704, prepare: benchRDM,
	},
	{
		name: "eegrdm", text: "recipe lu on 24 conditions x 80 repetitions x 17 channels x 4 times", items: 24 * 23 / 2 * 4 * 5 * 4, unit: "fit",
		prepare: benchEEG,
	},
	{
		name: "rsa", text: "Spearman's correlation under 10,000 permutations of 92 conditions", items: 10000, unit: "permutation",
		prepare: benchRSA,
	},
	{
		name: "cluster", text: "cluster permutation, 20 subjects x 100 times x 10,000 flips", items: 10000, unit: "flip",
		prepare: benchCluster,
	},
	{name: "pca", text: "PCA of 1,200 samples x 11,726 features to 1,024 components", flops: 1200 * 1200 * 11726, prepare: benchPCA},
	{name: "hdf5", text: "read 1,200 x 20,000 float32, gzip and shuffle, in chunks of 100 x 1,000", prepare: benchHDF5},
	{name: "nifti", text: "read 64 x 64 x 50 x 272 int16, .nii.gz", prepare: benchNIfTI},
	{name: "jpeg", text: "decode 64 JPEGs of 500 x 375 and resize them to 224 x 224", items: 64, unit: "image", prepare: benchJPEG},
}

// kernelOf names the compute kernel of a workload, where it has a choice.
func kernelOf(name string) string {
	switch name {
	case "rdm":
		return rdm.Kernel()
	case "pca":
		return pca.Kernel()
	case "eegrdm":
		return decoding.Kernel()
	}
	return "go"
}

// benchFolder is a temporary folder.
func benchFolder() (dir string, remove func(), err error) {
	dir, err = os.MkdirTemp("", "realnet-bench-")
	return dir, func() { os.RemoveAll(dir) }, err
}

func normal[T float32 | float64](n int) []T {
	r := rand.New(rand.NewPCG(1, 2))
	x := make([]T, n)
	for i := range x {
		x[i] = T(r.NormFloat64())
	}
	return x
}

func benchRDM(ctx context.Context, _ string, workers int) (func() error, int64, error) {
	m := &rdm.Matrix[float32]{Data: normal[float32](200 * 200704), Conditions: 200, Features: 200704}
	cfg := rdm.DefaultConfig()
	cfg.Workers = workers
	return func() error {
		_, err := rdm.Compute(ctx, m, nil, cfg)
		return err
	}, 4 * int64(len(m.Data)), nil
}

func benchEEG(ctx context.Context, _ string, workers int) (func() error, int64, error) {
	e := decoding.Epochs{Conditions: 24, Repetitions: 80, Channels: 17, Times: 4}
	e.Data = normal[float64](24 * 80 * 17 * 4)
	effect := normal[float64](24 * 17)
	for i := range e.Data { // conditions differ from the second time on
		if t := i % 4; t > 0 {
			e.Data[i] += 0.25 * effect[i/(80*17*4)*17+i/4%17]
		}
	}
	r := decoding.Lu()
	r.Workers = workers
	return func() error {
		_, _, err := decoding.Pairwise(ctx, e, r)
		return err
	}, 8 * int64(len(e.Data)), nil
}

func benchRSA(ctx context.Context, _ string, workers int) (func() error, int64, error) {
	values := normal[float64](2 * 92 * 91 / 2)
	a, err := rdm.New("", values[:92*91/2], nil)
	if err != nil {
		return nil, 0, err
	}
	b, err := rdm.New("", values[92*91/2:], nil)
	if err != nil {
		return nil, 0, err
	}
	test := compare.DefaultTest()
	test.Workers = workers
	return func() error {
		_, err := compare.Permute(ctx, a, b, compare.DefaultOptions(), test)
		return err
	}, 8 * int64(len(values)), nil
}

func benchCluster(ctx context.Context, _ string, workers int) (func() error, int64, error) {
	s := inference.Sample{Values: normal[float64](20 * 100), Subjects: 20, Points: 100}
	for i := range s.Values {
		if t := i % 100; t > 0 { // autocorrelated noise
			s.Values[i] = 0.9*s.Values[i-1] + 0.436*s.Values[i]
		}
	}
	for i := range s.Values {
		if t := i % 100; t >= 40 && t < 60 {
			s.Values[i] += 0.8
		}
	}
	o := inference.DefaultClusterOptions()
	o.Permutations, o.Workers = 10000, workers
	return func() error {
		_, err := inference.ClusterTest(ctx, s, o)
		return err
	}, 8 * int64(len(s.Values)), nil
}

func benchPCA(ctx context.Context, _ string, workers int) (func() error, int64, error) {
	x := normal[float32](1200 * 11726)
	return func() error {
		_, _, err := pca.Fit(ctx, x, 1200, 11726, pca.Config{Components: 1024, Workers: workers})
		return err
	}, 4 * int64(len(x)), nil
}

func benchHDF5(_ context.Context, dir string, _ int) (func() error, int64, error) {
	const rows, columns = 1200, 20000
	path := filepath.Join(dir, "bench.h5")
	if err := writeBenchHDF5(path, rows, columns); err != nil {
		return nil, 0, err
	}
	return func() error {
		f, err := hdf5.Open(path)
		if err != nil {
			return err
		}
		d, err := f.Dataset("dataset")
		if err == nil {
			_, err = d.ReadFloat32()
		}
		return errors.Join(err, f.Close())
	}, 4 * rows * columns, nil
}

func benchNIfTI(_ context.Context, dir string, _ int) (func() error, int64, error) {
	shape := []int{64, 64, 50, 272}
	r := rand.New(rand.NewPCG(1, 2))
	voxels := make([]int16, 64*64*50*272)
	for i := range voxels {
		voxels[i] = int16(1000 + 60*r.NormFloat64())
	}
	path := filepath.Join(dir, "bench.nii.gz")
	if err := nifti.Write(path, nifti.NewHeader(shape, [3]float64{3, 3, 3}, 2), voxels); err != nil {
		return nil, 0, err
	}
	return func() error {
		im, err := nifti.Open(path)
		if err != nil {
			return err
		}
		_, err = nifti.Read[float32](im)
		return err
	}, 2 * int64(len(voxels)), nil
}

func benchJPEG(_ context.Context, _ string, workers int) (func() error, int64, error) {
	r := rand.New(rand.NewPCG(1, 2))
	files := make([][]byte, 64)
	var size int64
	for k := range files {
		im := image.NewRGBA(image.Rect(0, 0, 500, 375))
		fx, fy := 1+r.IntN(7), 1+r.IntN(7)
		for y := range 375 {
			for x := range 500 { // texture over a gradient, as much detail as a photograph
				v := (x*fx + y*fy + r.IntN(48)) & 255
				im.SetRGBA(x, y, color.RGBA{R: uint8(v), G: uint8(v/2 + y/4), B: uint8(255 - v), A: 255})
			}
		}
		var b bytes.Buffer
		if err := stdjpeg.Encode(&b, im, &stdjpeg.Options{Quality: 75}); err != nil {
			return nil, 0, err
		}
		files[k] = b.Bytes()
		size += int64(b.Len())
	}
	return func() error {
		var group errgroup.Group
		group.SetLimit(workers)
		for k, f := range files {
			group.Go(func() error {
				m, err := images.Decode(f)
				if err != nil {
					return fmt.Errorf("image %d: %w", k, err)
				}
				if got := images.Squash(m, 224); got.Width != 224 {
					return fmt.Errorf("image %d is %d wide", k, got.Width)
				}
				return nil
			})
		}
		return group.Wait()
	}, size, nil
}
