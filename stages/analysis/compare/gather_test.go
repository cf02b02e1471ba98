package compare

import (
	"math/rand/v2"
	"testing"
)

// The kernel adds the same whole numbers as the plain sum, up to the largest ranks and for
// lengths that fill no vector.
func TestGatheredIsThePlainSum(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 15, 16, 17, 33, 300} {
		row, b, q := make([]int32, n), make([]int32, n), make([]int32, n)
		shuffle(q, r)
		var want int64
		for i := range row {
			row[i], b[i] = int32(r.IntN(1<<26)-1<<25), int32(r.IntN(1<<26)-1<<25)
		}
		for j, k := range q {
			want += int64(b[j]) * int64(row[k])
		}
		if got := gathered(row, b, q); got != want {
			t.Errorf("%d: %d, want %d", n, got, want)
		}
	}
}
