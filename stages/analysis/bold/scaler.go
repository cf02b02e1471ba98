package bold

import "fmt"

// Scaler standardises voxels: (x - Mean) / SD.
type Scaler struct {
	Mean, SD []float64 // one a voxel; SD 0 marks a voxel that does not vary
}

// FitScaler takes mean and standard deviation (n-ddof in the denominator) over the
// patterns that chosen accepts, such as those of the training set or of one session.
// It fails with ErrShape when there are ddof of them or fewer.
func FitScaler(p *Patterns, chosen func(Label) bool, ddof int) (*Scaler, error) {
	var rows []int
	for i, l := range p.Labels {
		if chosen(l) {
			rows = append(rows, i)
		}
	}
	if len(rows) <= max(ddof, 0) || ddof < 0 {
		return nil, fmt.Errorf("bold: %w: %d patterns are too few to standardise by with ddof %d", ErrShape, len(rows), ddof)
	}
	s := &Scaler{Mean: make([]float64, p.Voxels), SD: make([]float64, p.Voxels)}
	y := make([]float64, len(rows))
	for v := range p.Voxels {
		constant := true
		for i, row := range rows {
			y[i] = float64(p.Data[row*p.Voxels+v])
			constant = constant && y[i] == y[0]
		}
		s.Mean[v], s.SD[v] = MeanSD(y, ddof)
		if constant {
			s.SD[v] = 0
		}
	}
	return s, nil
}

// Apply standardises the patterns that chosen accepts, in place. Voxels with SD 0
// become 0 and are added to Unusable.
func (s *Scaler) Apply(p *Patterns, chosen func(Label) bool) error {
	if len(s.Mean) != p.Voxels {
		return fmt.Errorf("bold: %w: scaler of %d voxels, patterns of %d", ErrShape, len(s.Mean), p.Voxels)
	}
	for i, l := range p.Labels {
		if !chosen(l) {
			continue
		}
		row := p.Row(i)
		for v, x := range row {
			row[v] = 0
			if s.SD[v] > 0 {
				row[v] = float32((float64(x) - s.Mean[v]) / s.SD[v])
			}
		}
	}
	for v, sd := range s.SD {
		if !(sd > 0) {
			p.Unusable = append(p.Unusable, v)
		}
	}
	p.Unusable = sortedSet(p.Unusable)
	return nil
}

// Every accepts all labels.
func Every(Label) bool { return true }
