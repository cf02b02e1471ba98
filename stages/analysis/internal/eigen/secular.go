package eigen

import (
	"context"
	"math"

	"realnet/stages/analysis/internal/parallel"
)

// secular finds the eigenvalues (ascending) and eigenvectors (rows of u, over the poles)
// of diag(d) + rho z z', where the d ascend, are apart, and no z is 0: the roots of
//
//	f(x) = 1 + rho sum_i z_i² / (d_i - x)
//
// one between each two poles and one behind the last. A root is kept as its distance to
// every pole, computed from the nearest one, so that the differences are exact to the
// last bits; the z that these roots belong to exactly give orthogonal vectors.
func secular(ctx context.Context, kept []*pole, rho float64, workers int) (lambda, u []float64, err error) {
	k := len(kept)
	p := poles{d: make([]float64, k), z: make([]float64, k), rho: rho}
	for i, pole := range kept {
		p.d[i], p.z[i] = pole.d, pole.z
		p.norm += pole.z * pole.z
	}
	const task = 64 // roots or weights
	tasks := (k + task - 1) / task
	lambda, u = make([]float64, k), make([]float64, k*k) // u[j][i] first holds d_i - lambda_j
	err = parallel.Run(ctx, workers, tasks, func(_, i int) error {
		for j := i * task; j < min((i+1)*task, k); j++ {
			origin, x, err := p.root(j)
			if err != nil {
				return err
			}
			lambda[j] = p.d[origin] + x
			for i, d := range p.d {
				u[j*k+i] = (d - p.d[origin]) - x
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	z := make([]float64, k)
	err = parallel.Run(ctx, workers, tasks, func(_, i int) error {
		i0, i1 := i*task, min((i+1)*task, k)
		part := z[i0:i1]
		for i := range part {
			part[i] = -u[(i0+i)*k+i0+i] // lambda_i - d_i, the others as ratios
		}
		for j, d := range p.d {
			for i, distance := range u[j*k+i0 : j*k+i1] {
				if i0+i != j {
					part[i] *= distance / (p.d[i0+i] - d)
				}
			}
		}
		for i, v := range part {
			part[i] = math.Copysign(math.Sqrt(math.Abs(v)), p.z[i0+i])
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	return lambda, u, parallel.Run(ctx, workers, tasks, func(_, i int) error {
		for j := i * task; j < min((i+1)*task, k); j++ {
			row, length := u[j*k:(j+1)*k], 0.0
			for i := range row {
				row[i] = z[i] / row[i]
				length += row[i] * row[i]
			}
			length = 1 / math.Sqrt(length)
			for i := range row {
				row[i] *= length
			}
		}
		return nil
	})
}

// poles are what the secular equation is of: places d, weights z, their norm² and rho.
type poles struct {
	d, z      []float64
	rho, norm float64
}

// root finds root j as its distance x to the pole origin: rational interpolation at the
// two poles beside it (Li, LAPACK Working Note 89, 1993), with bisection where that
// leaves the bracket.
func (p *poles) root(j int) (origin int, x float64, err error) {
	k := len(p.d)
	last := j == k-1
	width := p.rho * p.norm
	if !last {
		width = p.d[j+1] - p.d[j]
	}
	origin, low, high := j, 0.0, width
	if !last {
		if f, _, _, _ := p.evaluate(j, j, width/2); f < 0 {
			origin, low, high = j+1, -width/2, 0
		} else {
			high = width / 2
		}
	}
	x = (low + high) / 2
	for range 200 {
		f, psi, phi, bound := p.evaluate(origin, j, x)
		if math.Abs(f) <= epsilon*bound {
			return origin, x, nil
		}
		if f < 0 {
			low = x
		} else {
			high = x
		}
		if high-low <= 2*epsilon*max(math.Abs(low), math.Abs(high)) {
			return origin, x, nil
		}
		left := p.d[j] - p.d[origin] - x
		next := math.NaN()
		if last {
			s := psi * left * left
			if c := f - s/left; c > 0 {
				next = x + left + s/c
			}
		} else {
			right := p.d[j+1] - p.d[origin] - x
			a := (left+right)*f - left*right*(psi+phi)
			b := left * right * f
			c := f - left*psi - right*phi
			if root := a*a - 4*b*c; root >= 0 {
				if root = math.Sqrt(root); a <= 0 {
					next = x + (a-root)/(2*c)
				} else {
					next = x + 2*b/(a+root)
				}
			}
		}
		if !(next > low && next < high) {
			next = (low + high) / 2
		}
		if next == x {
			return origin, x, nil
		}
		x = next
	}
	return 0, 0, errConvergence
}

// evaluate gives f, the derivatives of its parts up to pole j and behind it, and a bound
// of the rounding of f, at distance x from the pole origin.
func (p *poles) evaluate(origin, j int, x float64) (f, psi, phi, bound float64) {
	from := p.d[origin]
	part := func(d, z []float64) (sum, slope, size float64) {
		z = z[:len(d)]
		for i, d := range d {
			t := z[i] / ((d - from) - x)
			v := p.rho * z[i] * t
			sum += v
			size += math.Abs(v)
			slope += t * t
		}
		return sum, p.rho * slope, size
	}
	f1, psi, size1 := part(p.d[:j+1], p.z[:j+1])
	f2, phi, size2 := part(p.d[j+1:], p.z[j+1:])
	return 1 + f1 + f2, psi, phi, (1 + size1 + size2) * float64(len(p.d))
}
