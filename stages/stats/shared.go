package stats

import (
	"context"
	"fmt"
	"slices"

	"realnet/artifacts/schemas/statistics"
	"realnet/stages/stage"
)

// sharedBrains compares the brains that train networks with the EEG over the images that
// both show: for each region the mean over these brains and over the EEG subjects, with
// an interval and a test over images and EEG subjects.
func sharedBrains(ctx context.Context, env *stage.Env, p Params) ([]statistics.Row, error) {
	if len(env.In["shared"]) == 0 {
		return nil, nil
	}
	brains, err := readAll(env.In["shared"])
	if err != nil {
		return nil, err
	}
	eeg, err := readAll(env.In["eeg"])
	if err != nil {
		return nil, err
	}
	var g gathered
	if g.conditions, _, err = joinNames(brains, eeg, true); err != nil {
		return nil, fmt.Errorf("images that the brains and the EEG share: %w", err)
	}
	var regions []string
	for _, set := range brains {
		for i, row := range set.Rows {
			if row.Split != "" || len(p.ROIs) > 0 && !slices.Contains(p.ROIs, row.ROI) {
				continue
			}
			values, err := arrange(set, i, g.conditions)
			if err != nil {
				return nil, err
			}
			if !slices.Contains(regions, row.ROI) {
				regions = append(regions, row.ROI)
			}
			g.networks = append(g.networks, network{variant: row.ROI, trained: row.Subject, names: []string{row.ROI}, layers: [][]float64{values}})
		}
	}
	for _, set := range eeg {
		b, err := windowMean(set, g.conditions, p.EEGWindow)
		if err != nil {
			return nil, err
		}
		g.brains = append(g.brains, b)
	}
	j, err := newEstimator(ctx, env, g, p)
	if err != nil {
		return nil, err
	}
	for _, region := range regions {
		var of []int
		for n, net := range g.networks {
			if net.variant == region {
				of = append(of, n)
			}
		}
		var s statistic
		for b, brain := range g.brains {
			s = append(s, unit{brain.subject, func(c cells) float64 {
				sum := 0.0
				for _, n := range of {
					sum += c[n][b]
				}
				return sum / float64(len(of))
			}})
		}
		row := statistics.New(statistics.Agreement, nameOf("agreement", statistics.EEG, region), "agreement/"+statistics.EEG)
		row.Reference, row.ROI, row.Relation = statistics.EEG, region, statistics.EEG
		row.Method = string(p.Method)
		row.Text = meaning("agreement-shared", row, words{
			"Region": regionText([2]string{relationFMRI, region}), "From": p.EEGWindow[0], "To": p.EEGWindow[1],
			"Images": len(g.conditions), "Brains": len(of), "Subjects": len(s),
		})
		j.add(row, s, true)
	}
	return j.rows, j.err
}
