//go:build amd64

package decoding

//go:generate go run gen/main.go gen/newton.go -pkg decoding -out lockstep_amd64.s -stubs lockstep_stubs_amd64.go

// seats is how many pairs of conditions are decoded at once.
const seats = 16

// How the machines of a batch are solved. Sweeps find most of the points that are at a
// bound; each Newton step then solves for the free ones exactly and corrects which they
// are. Measured on THINGS-EEG2's sizes, 12 sweeps leave 2 to 4 steps until all sixteen
// agree, and 999 fits of 1,000 within the tolerance in double precision.
const (
	sweeps      = 12
	newtonSteps = 12
	penalty     = 0.3  // sweeps: of the constraint Σβ = 0, in mean squared lengths of a pattern
	ridgeShare  = 1e-5 // added to the diagonal, in the same unit: more free points than channels are singular
)

// lockstep solves the dual problems of sixteen pairs of conditions for the same split, one
// a lane of a vector, in single precision. What it finds is where the solver begins, which
// takes it for the solution only within the tolerance.
//
// With α_k = y_k β_k / C in [0, 1] and Q_kl = C y_k y_l K_kl the problem is min ½ αᵀQα - Σα
// subject to yᵀα = 0. For given sets of free points and of points at 1 the rest is linear;
// a point beyond its bounds then stays there, and one whose slope leads away from its bound
// becomes free (a primal-dual active set method: Hintermüller, Ito & Kunisch, "The
// primal-dual active set strategy as a semismooth Newton method", SIAM J. Optim. 13, 2003).
// It need not end: then the solver begins from nothing.
type lockstep struct {
	pairs  []seat
	grams  []float64  // seats x lanes x lanes: inner products of a pair
	ready  bool       // wide is made of grams
	wide   []float32  // lanes x lanes x seats, the lower triangle
	splits []lockedIn // of the decider

	q, l           []float32 // n x n x seats; (n + 2) x n x seats
	inverse        []float32 // n x seats: of the diagonal of q
	alpha, slope   []float32 // n x seats
	free, upper    []uint16  // n: bit s of free[k]: point k of seat s is between its bounds; of upper: at 1
	sigma, ridge   [seats]float32
	tried, refused int // fits, and those without a solution here
}

// seat is one pair of the batch.
type seat struct {
	i, j  int
	out   *float64
	exact bool
}

// lockedIn is a split as the kernels take it: points of the two classes in turn, so that a
// sweep does not push the constraint to one side.
type lockedIn struct {
	n, m  int       // the size of the kernel; training points
	order []int     // m: patterns
	y     []float32 // n: 1 for the first class, -1 for the second, 0 beyond m
	moves []int32   // from, to, mirror, sign of each inner product
}

// newLockstep returns nil where the kernels do not run or take no patterns of this number.
func newLockstep(splits []division, points int) *lockstep {
	if !haveKernel || points > lanes {
		return nil
	}
	k := &lockstep{}
	n := 0
	for i := range splits {
		k.splits = append(k.splits, lockIn(&splits[i]))
		n = max(n, k.splits[i].n)
	}
	k.grams = make([]float64, seats*lanes*lanes) // pages of their own: vectors are aligned
	buf := make([]float32, seats*(lanes*lanes+2*n*n+2*n+3*n))
	cut := func(m int) []float32 { c := buf[: m*seats : m*seats]; buf = buf[m*seats:]; return c }
	k.wide, k.q, k.l = cut(lanes*lanes), cut(n*n), cut((n+2)*n)
	k.inverse, k.alpha, k.slope = cut(n), cut(n), cut(n)
	k.free, k.upper = make([]uint16, n), make([]uint16, n)
	return k
}

func lockIn(sp *division) (f lockedIn) {
	first, second := sp.train[:sp.first], sp.train[sp.first:]
	for len(first)+len(second) > 0 {
		if len(first) > 0 {
			f.order, f.y, first = append(f.order, first[0]), append(f.y, 1), first[1:]
		}
		if len(second) > 0 {
			f.order, f.y, second = append(f.order, second[0]), append(f.y, -1), second[1:]
		}
	}
	f.m = len(f.order)
	f.n = (f.m + 7) / 8 * 8
	f.y = append(f.y, make([]float32, f.n-f.m)...)
	const vector = 4 * seats
	for a, p := range f.order {
		for b, q := range f.order[:a+1] {
			var sign int32
			if f.y[a] != f.y[b] {
				sign = -1 << 31
			}
			f.moves = append(f.moves, int32(max(p, q)*lanes+min(p, q))*vector, int32(a*f.n+b)*vector, int32(b*f.n+a)*vector, sign)
		}
	}
	return f
}

// add takes a pair in and returns the place of its inner products.
func (k *lockstep) add(i, j int, out *float64) (gram []float64) {
	k.pairs = append(k.pairs, seat{i: i, j: j, out: out})
	k.ready = false
	return k.gram(len(k.pairs) - 1)
}

func (k *lockstep) gram(s int) []float64 {
	return k.grams[s*lanes*lanes:][: lanes*lanes : lanes*lanes]
}

// solve finds the solutions for a split; bit s of solved: of seat s.
func (k *lockstep) solve(split int, svc SVC) (solved uint32) {
	f := &k.splits[split]
	if !k.ready {
		interleave16(&k.wide[0], &k.grams[0])
		for s := range k.pairs {
			var sum float64
			for _, p := range f.order {
				sum += k.grams[s*lanes*lanes+p*(lanes+1)]
			}
			k.sigma[s] = float32(penalty * sum / float64(f.m))
			k.ridge[s] = float32(ridgeShare * svc.C * sum / float64(f.m))
		}
		k.ready = true
	}
	if f.m < f.n { // rows without a point
		clear(k.q[:f.n*f.n*seats])
		clear(k.inverse[:f.n*seats])
	}
	gather16(&k.q[0], &k.inverse[0], &k.wide[0], &f.moves[0], len(f.moves)/4, &k.sigma[0], float32(svc.C))
	sweep := sweep32
	switch f.n {
	case 8:
		sweep = sweep8
	case 16:
		sweep = sweep16
	case 24:
		sweep = sweep24
	}
	sweep(&k.q[0], &k.inverse[0], &k.alpha[0], &k.slope[0], sweeps, &k.free[0], &k.upper[0])
	all := uint32(1)<<len(k.pairs) - 1
	changed := all
	for range newtonSteps {
		changed &= newton16(f.n, f.m, &k.q[0], &k.l[0], &k.alpha[0], &f.y[0], &k.ridge[0], &k.free[0], &k.upper[0], float32(svc.Tol)/4)
		if changed == 0 {
			break
		}
	}
	k.tried += len(k.pairs)
	return all &^ changed
}

// start puts the solution of a seat into the solver, which has been given its inner
// products, and reports whether it keeps the constraints.
func (k *lockstep) start(s *solver, split, seat int) bool {
	f := &k.splits[split]
	sum := 0.0
	for m, p := range f.order {
		b := s.C * float64(f.y[m]*k.alpha[m*seats+seat])
		s.beta[p] = b
		sum += b
	}
	// Single precision leaves a little of the constraint; a free point with room takes it.
	left := 64 * max(sum, -sum)
	for m, p := range f.order {
		if a := s.C * float64(k.alpha[m*seats+seat]); a > left && s.C-a > left {
			s.beta[p] -= sum
			slopes32(&s.k[0], &s.beta[0], &s.slope[0], s.n)
			s.faced = true
			return true
		}
	}
	return false
}
