package rdm

import (
	"cmp"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func must(t *testing.T, r *RDM, err error) *RDM {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestNewAndSquare(t *testing.T) {
	r, err := New("x", []float64{1, 2, 3, 4, 5, 6}, []string{"a", "b", "c", "d"})
	must(t, r, err)
	back, err := FromSquare("x", r.Square(), 4, r.Names)
	if must(t, back, err); !slices.Equal(back.Values, r.Values) {
		t.Errorf("back from square: %v", back.Values)
	}
	if r.At(2, 1) != 4 || r.At(1, 2) != 4 || r.At(3, 3) != 0 {
		t.Errorf("At: %v %v", r.At(2, 1), r.At(3, 3))
	}
	for _, bad := range []int{0, 2, 4, 5, 7} {
		if _, err := New("x", make([]float64, bad), nil); err == nil {
			t.Errorf("%d values are no upper triangle", bad)
		}
	}
	sq := r.Square()
	sq[1] = 9
	if _, err := FromSquare("x", sq, 4, nil); !errors.Is(err, ErrShape) {
		t.Errorf("asymmetric: %v", err)
	}
	sq = r.Square()
	sq[0] = 1
	if _, err := FromSquare("x", sq, 4, nil); !errors.Is(err, ErrShape) {
		t.Errorf("diagonal: %v", err)
	}
	if _, err := FromSquare("x", []float64{0}, 1, nil); !errors.Is(err, ErrConditions) {
		t.Errorf("one condition: %v", err)
	}
}

func TestAlign(t *testing.T) {
	a, _ := New("x", []float64{1, 2, 3}, []string{"a", "b", "c"})
	b, _ := New("x", []float64{10, 20, 30}, []string{"c", "a", "b"}) // ca, cb, ab
	got, err := Align(a, b)
	if must(t, got, err); !slices.Equal(got.Values, []float64{30, 10, 20}) {
		t.Errorf("aligned %v", got.Values)
	}
	other, _ := New("x", []float64{1, 2, 3}, []string{"a", "b", "z"})
	bare, _ := New("x", []float64{1, 2, 3}, nil)
	four, _ := New("x", make([]float64, 6), nil)
	for name, pair := range map[string][2]*RDM{"other name": {a, other}, "one has names": {a, bare}, "sizes": {bare, four}} {
		if _, err := Align(pair[0], pair[1]); !errors.Is(err, ErrNames) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSubset(t *testing.T) {
	a, _ := New("x", []float64{1, 2, 3}, []string{"a", "b", "c"})
	s, err := a.Subset([]int{2, 2, 0})
	if must(t, s, err); !math.IsNaN(s.Values[0]) || s.Values[1] != 2 || s.Names != nil {
		t.Errorf("a condition drawn twice: %v %v", s.Values, s.Names)
	}
	for _, index := range [][]int{{1}, {0, 3}, {-1, 0}} {
		if _, err := a.Subset(index); err == nil {
			t.Errorf("subset %v gives no error", index)
		}
	}
	if _, err := a.Arrange([]string{"a", "q"}); !errors.Is(err, ErrNames) {
		t.Errorf("unknown name: %v", err)
	}
	if _, err := a.Arrange([]string{"a", "a"}); !errors.Is(err, ErrNames) {
		t.Errorf("name twice: %v", err)
	}
}

func TestTransforms(t *testing.T) {
	a, _ := New(string(SqEuclidean), []float64{4, -1, 9, 4, math.NaN(), 16}, nil)
	if got, want := a.Sqrt(), []float64{2, 0, 3, 2}; !slices.Equal(got.Values[:4], want) || got.Metric != "euclidean" {
		t.Errorf("sqrt %v %s", got.Values, got.Metric)
	}
	// scipy.stats.rankdata([4,-1,9,4,nan,16], nan_policy="omit")
	got := a.Rank().Values
	for i, want := range []float64{2.5, 1, 4, 2.5, math.NaN(), 5} {
		if got[i] != want && !(math.IsNaN(got[i]) && math.IsNaN(want)) {
			t.Errorf("rank %d is %v, want %v", i, got[i], want)
		}
	}
}

// Arranging by any permutation keeps what each pair of names has.
func TestArrangeKeepsPairs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 9).Draw(t, "n")
		names := make([]string, n)
		for i := range names {
			names[i] = string(rune('a' + i))
		}
		values := make([]float64, n*(n-1)/2)
		for i := range values {
			values[i] = float64(i)
		}
		r, err := New("x", values, names)
		if err != nil {
			t.Fatal(err)
		}
		order := rapid.Permutation(names).Draw(t, "order")
		got, err := r.Arrange(order)
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			for j := range n {
				if want := r.At(slices.Index(names, order[i]), slices.Index(names, order[j])); got.At(i, j) != want {
					t.Fatalf("(%s,%s) is %v, want %v", order[i], order[j], got.At(i, j), want)
				}
			}
		}
	})
}

// Ranks of many values are those of a plain count: 1 + smaller + (equal-1)/2.
func TestRanksOfMany(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.SampledFrom([]int{1, 5, 999, 1000, 1500}).Draw(t, "n")
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		scale := math.Pow(10, rapid.Float64Range(-300, 300).Draw(t, "scale"))
		x := make([]float64, n)
		for i := range x {
			x[i] = scale * math.Round(100*r.NormFloat64()) * math.Exp(r.NormFloat64()*float64(r.IntN(2)))
		}
		x[0] = math.Copysign(0, -1)
		got := Ranks(x)
		for i, v := range x {
			smaller, equal := 0, 0
			for _, u := range x {
				if u < v {
					smaller++
				}
				if u == v {
					equal++
				}
			}
			if want := 1 + float64(smaller) + float64(equal-1)/2; got[i] != want {
				t.Fatalf("rank of %v is %v, want %v", v, got[i], want)
			}
		}
	})
}

// Millions of values are ranked in groups, with the ranks that one sort gives.
func TestRanksInGroups(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 0))
	const n = groupedFrom + 12345
	kinds := map[string]func(i int) float64{
		"distances":   func(int) float64 { return 1 + 0.1*r.NormFloat64() },
		"ties":        func(int) float64 { return math.Round(3 * r.NormFloat64()) },
		"one value":   func(int) float64 { return 7 },
		"mostly zero": func(int) float64 { return math.Copysign(max(0, r.NormFloat64()-1), r.NormFloat64()) },
		"wide":        func(int) float64 { return math.Exp(300*r.NormFloat64()) * math.Copysign(1, r.NormFloat64()) },
		"ascending":   func(i int) float64 { return float64(i) },
		"with gaps": func(i int) float64 {
			return []float64{math.NaN(), math.Copysign(math.NaN(), -1), float64(i), -float64(i)}[i%4]
		},
		"with extreme": func(i int) float64 { return []float64{math.Inf(1), math.Inf(-1), r.Float64()}[i%3] },
	}
	for kind, value := range kinds {
		x := make([]float64, n)
		var items []item
		for i := range x {
			x[i] = value(i)
			if !math.IsNaN(x[i]) {
				items = append(items, item{sortable(x[i]), int32(i)})
			}
		}
		slices.SortFunc(items, func(a, b item) int { return cmp.Compare(a.key, b.key) })
		want := make([]float64, n)
		for i := range want {
			want[i] = math.NaN()
		}
		for lo := 0; lo < len(items); {
			hi := lo
			for hi < len(items) && items[hi].key == items[lo].key {
				hi++
			}
			for _, it := range items[lo:hi] {
				want[it.at] = float64(lo+hi+1) / 2
			}
			lo = hi
		}
		same := func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }
		if got := Ranks(x); !slices.EqualFunc(got, want, same) {
			t.Errorf("%s: ranks differ", kind)
		}
		if len(items) < n {
			continue
		}
		for _, workers := range []int{1, 3} {
			for i, c := range CentredRanks(x, workers) {
				if float64(c) != 2*want[i]-(n+1) {
					t.Fatalf("%s, %d workers: centred rank of %v is %d, its rank %v", kind, workers, x[i], c, want[i])
				}
			}
		}
	}
}
