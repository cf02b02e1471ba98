package pca

import "math"

// secular finds the eigenvalues (ascending) and eigenvectors (rows of u, over the poles)
// of diag(d) + rho z z', where the d ascend, are apart, and no z is 0: the roots of
//
//	f(x) = 1 + rho sum_i z_i² / (d_i - x)
//
// one between each two poles and one behind the last. A root is kept as its distance to
// every pole, computed from the nearest one, so that the differences are exact to the
// last bits; the z that these roots belong to exactly give orthogonal vectors.
func secular(poles []*pole, rho float64) (lambda, u []float64, err error) {
	k := len(poles)
	lambda, u = make([]float64, k), make([]float64, k*k) // u[j][i] first holds d_i - lambda_j
	norm := 0.0
	for _, p := range poles {
		norm += p.z * p.z
	}
	for j := range k {
		origin, x, err := root(poles, rho, norm, j)
		if err != nil {
			return nil, nil, err
		}
		lambda[j] = poles[origin].d + x
		for i, p := range poles {
			u[j*k+i] = (p.d - poles[origin].d) - x
		}
	}
	z := make([]float64, k)
	for i, p := range poles {
		product := -u[i*k+i] // (lambda_i - d_i), the others as ratios
		for j, q := range poles {
			if j != i {
				product *= u[j*k+i] / (p.d - q.d)
			}
		}
		z[i] = math.Copysign(math.Sqrt(math.Abs(product)), p.z)
	}
	for j := range k {
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
	return lambda, u, nil
}

// root finds root j as its distance x to the pole origin: rational interpolation at the
// two poles beside it (Li, LAPACK Working Note 89, 1993), with bisection where that
// leaves the bracket.
func root(poles []*pole, rho, norm float64, j int) (origin int, x float64, err error) {
	k := len(poles)
	last := j == k-1
	width := rho * norm
	if !last {
		width = poles[j+1].d - poles[j].d
	}
	origin, low, high := j, 0.0, width
	if !last {
		if f, _, _, _ := evaluate(poles, rho, j, j, width/2); f < 0 {
			origin, low, high = j+1, -width/2, 0
		} else {
			high = width / 2
		}
	}
	x = (low + high) / 2
	for range 200 {
		f, psi, phi, bound := evaluate(poles, rho, origin, j, x)
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
		left := poles[j].d - poles[origin].d - x
		next := math.NaN()
		if last {
			s := psi * left * left
			if c := f - s/left; c > 0 {
				next = x + left + s/c
			}
		} else {
			right := poles[j+1].d - poles[origin].d - x
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
func evaluate(poles []*pole, rho float64, origin, j int, x float64) (f, psi, phi, bound float64) {
	f, bound = 1, 1
	for i, p := range poles {
		t := p.z / ((p.d - poles[origin].d) - x)
		v := rho * p.z * t
		f += v
		bound += math.Abs(v)
		if i <= j {
			psi += rho * t * t
		} else {
			phi += rho * t * t
		}
	}
	return f, psi, phi, bound * float64(len(poles))
}
