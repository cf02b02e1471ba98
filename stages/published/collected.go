package published

import (
	"fmt"
	"slices"

	"github.com/rs/zerolog"

	"realnet/artifacts/schemas/rdms"
	"realnet/stages/analysis/naming"
	"realnet/stages/analysis/rdm"
)

// collected is RDMs of several files, each with names of its own, until it is known
// which conditions all have.
type collected struct {
	fixed []string // names that the parameters give to arrays without names; nil for none
	rdms  []named
	file  string            // of which RDMs are added
	of    map[string]string // file of each RDM, by what it is of
}

type named struct {
	row   rdms.Row
	rdm   *rdm.RDM
	names []string // its own; nil: it has none
}

// add adds an RDM of n conditions; own are the names that it brings.
func (c *collected) add(row rdms.Row, values []float64, n int, own []string) error {
	key := fmt.Sprint(row.Kind, "\x00", row.Model, "\x00", row.Layer, "\x00", row.Subject, "\x00", row.ROI, "\x00", row.Session, "\x00", row.Split, "\x00", row.Time)
	if other, ok := c.of[key]; ok {
		return fmt.Errorf("its RDM of %s is in %s too: a measurement counts once: choose one by a longer pattern (file), or tell them apart by {session}, {layer} or another mark", describe(row), other)
	}
	if c.of == nil {
		c.of = map[string]string{}
	}
	c.of[key] = c.file
	names := own
	if names == nil {
		if names = c.fixed; names != nil && len(names) != n {
			return fmt.Errorf("%d conditions, there are %d names", n, len(names))
		}
	}
	r, err := rdm.New(row.Metric, values, names)
	if err != nil {
		return err
	}
	c.rdms = append(c.rdms, named{row, r, names})
	return nil
}

// join brings all RDMs into the order of one list of conditions: the parameters' names,
// the names of the first that has some, else numbers. With intersect, conditions that not
// all have are left out, and the log says which.
func (c *collected) join(intersect bool, log zerolog.Logger) (rdms.Set, error) {
	var set rdms.Set
	names := c.fixed
	with, without := -1, -1
	for i, r := range c.rdms {
		switch {
		case r.names == nil && without < 0:
			without = i
		case r.names != nil && with < 0:
			with = i
		}
	}
	if with >= 0 && without >= 0 {
		return set, fmt.Errorf("%s has names of its conditions, %s has none: name a file of names (names: FILE), one per line", describe(c.rdms[with].row), describe(c.rdms[without].row))
	}
	if names == nil && with >= 0 {
		names = c.rdms[with].names
	}
	if names == nil {
		names = numbered(c.rdms[0].rdm.N)
	}
	for _, r := range c.rdms {
		if r.names == nil {
			if r.rdm.N != len(names) {
				return set, fmt.Errorf("%s: %d conditions, there are %d names", describe(r.row), r.rdm.N, len(names))
			}
			continue
		}
		joined, err := naming.Join(r.names, names, intersect)
		if err == nil && !intersect && len(joined.LeftA) > 0 {
			err = fmt.Errorf("%w: %q and %d more are only here (with intersect: true in the study, conditions that not all have are left out)", naming.ErrJoin, joined.LeftA[0], len(joined.LeftA)-1)
		}
		if err != nil {
			return set, fmt.Errorf("%s: %w", describe(r.row), err)
		}
		if intersect && len(joined.LeftA)+len(joined.LeftB) > 0 {
			log.Warn().Str("rdm", describe(r.row)).Strs("left_out", slices.Concat(joined.LeftA, joined.LeftB)).Msg("conditions that not all have are left out")
			kept := make([]string, len(joined.B))
			for i, k := range joined.B {
				kept[i] = names[k]
			}
			names = kept
		}
	}
	set.Conditions = names
	for _, r := range c.rdms {
		m := r.rdm
		if r.names != nil && !slices.Equal(r.names, names) {
			joined, err := naming.Join(r.names, names, false)
			if err != nil {
				return set, fmt.Errorf("%s: %w", describe(r.row), err)
			}
			if m, err = m.Subset(joined.A); err != nil {
				return set, err
			}
		}
		set.Rows, set.Values = append(set.Rows, r.row), append(set.Values, m.Values...)
	}
	return set, nil
}

// describe says what an RDM is of.
func describe(r rdms.Row) string {
	text := r.Kind
	for _, part := range []string{r.Model, r.Layer, r.Subject, r.ROI, r.Session} {
		if part != "" {
			text += " " + part
		}
	}
	return text
}
