package pipeline

import "strings"

// regionNames are the names of regions of which some are given as "NAME: EXPRESSION",
// where the layout of the dataset says what an expression is. The stage fmri takes the
// expressions; all others know regions by name.
func regionNames(list []string) []string {
	if list == nil {
		return nil
	}
	names := make([]string, len(list))
	for i, r := range list {
		name, _, _ := strings.Cut(r, ":")
		names[i] = strings.TrimSpace(name)
	}
	return names
}
