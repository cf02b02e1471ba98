package fmri

import (
	"context"
	"fmt"
	"math"

	"realnet/artifacts/schemas/patterns"
	"realnet/stages/analysis/bold"
	"realnet/stages/stage"
)

// checkArrays checks the section arrays; the recipe is not looked at, since the arrays
// are patterns already.
func checkArrays(p Params) error {
	if err := p.Arrays.Validate(); err != nil {
		return fmt.Errorf("arrays.%w", err)
	}
	return nil
}

// fromArrays reads patterns that come as arrays, with a table of their rows (package
// arrayset).
func fromArrays(ctx context.Context, env *stage.Env, root string, p Params) (*gathered, error) {
	set, err := p.Arrays.Open(ctx, root, p.Subject, p.ROIs, nil)
	if err != nil {
		return nil, err
	}
	values, dropped, err := set.Read(ctx, func(done, all int) { env.Progress(int64(done), int64(all), "arrays") })
	if err != nil {
		return nil, err
	}
	if dropped > 0 {
		env.Log.Warn().Int("dropped", dropped).Int("kept", len(set.Voxels)).Str("subject", p.Subject).Msg("voxels with NaN or infinite values are left out")
	}
	out := &gathered{Patterns: &bold.Patterns{Data: values, Voxels: len(set.Voxels)}, sessions: map[int]string{-1: ""}}
	for _, r := range set.Rows {
		out.sessions[r.Run] = r.Session
		out.repetitions = append(out.repetitions, int32(r.Repetition))
		out.Labels = append(out.Labels, bold.Label{Condition: r.Condition, Run: r.Run, Subset: r.Subset, Onset: math.NaN(), Duration: math.NaN(), Repetitions: 1})
	}
	for c, at := range set.Voxels {
		out.voxels = append(out.voxels, patterns.Voxel{Index: int32(c), I: int32(at[0]), J: int32(at[1]), K: int32(at[2])})
	}
	for _, region := range set.Regions {
		for _, c := range set.Members[region] {
			out.members = append(out.members, patterns.Member{ROI: region, Voxel: int32(c)})
		}
	}
	return out, nil
}
