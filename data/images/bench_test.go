package images

import (
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"
)

// stimuli returns the JPEGs of the folder that ci/peers/images.sh made, or a fixture.
func stimuli(b *testing.B) [][]byte {
	pattern := "testdata/jpeg_420_baseline_64x48.jpg"
	if dir := os.Getenv("REALNET_BENCH_IMAGES"); dir != "" {
		pattern = filepath.Join(dir, "*.jpg")
	}
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		b.Skipf("no images at %s", pattern)
	}
	var out [][]byte
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			b.Fatal(err)
		}
		out = append(out, data)
	}
	return out
}

// BenchmarkSquash decodes and resizes to 224 x 224, one image per operation, on
// GOMAXPROCS goroutines. The results are kept, as the stimuli stage keeps them.
func BenchmarkSquash(b *testing.B) {
	files := stimuli(b)
	jobs := make(chan int)
	kept := make([]RGB, b.N)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for i := range jobs {
				m, err := Decode(files[i%len(files)])
				if err != nil {
					b.Error(err)
					continue
				}
				kept[i] = Squash(m, 224)
			}
		})
	}
	b.ResetTimer()
	before := processorTime(b)
	for i := range b.N {
		jobs <- i
	}
	close(jobs)
	wg.Wait()
	b.ReportMetric(float64(processorTime(b)-before)/float64(b.N), "cpu-ns/op")
}

// processorTime returns the processor time of this process, which a busy machine disturbs less
// than the clock.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkDecode(b *testing.B) {
	files := stimuli(b)
	for i := range b.N {
		if _, err := Decode(files[i%len(files)]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkResize(b *testing.B) {
	m := New(500, 375)
	for range b.N {
		m.Resize(224, 224)
	}
}
