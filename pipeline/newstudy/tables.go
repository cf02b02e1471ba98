package newstudy

import (
	"maps"
	"slices"
)

// subjectTables are the tables of rows that each subject has one of: the name of each
// subject's table, by the pattern of the names with {subject}.
func (w *writer) subjectTables(subjects []string) map[string]map[string]string {
	found := map[string]map[string]string{}
	for _, table := range slices.Sorted(maps.Keys(w.tables)) {
		for _, s := range subjects {
			for _, prefix := range []string{"sub-", "subj-", "subject-", ""} {
				pattern := replaceParts(table, prefix+s, prefix+"{subject}")
				if pattern == table {
					continue
				}
				if found[pattern] == nil {
					found[pattern] = map[string]string{}
				}
				found[pattern][s] = table
				break
			}
		}
	}
	maps.DeleteFunc(found, func(_ string, of map[string]string) bool { return len(of) < len(subjects) })
	return found
}

// isTableOf says that a table is one of those that only one subject has.
func isTableOf(tables map[string]map[string]string, name string) bool {
	for _, of := range tables {
		if slices.Contains(slices.Collect(maps.Values(of)), name) {
			return true
		}
	}
	return false
}

// rowsPattern is how a study calls the table of rows.
func (w *writer) rowsPattern() string {
	if w.tablePattern != "" {
		return w.tablePattern
	}
	return w.table
}

// tablesOfRows are the tables of which the rows are.
func (w *writer) tablesOfRows() []string {
	if w.tablePattern == "" {
		return []string{w.table}
	}
	var names []string
	for _, s := range slices.Sorted(maps.Keys(w.tableOf)) {
		names = append(names, w.tableOf[s])
	}
	return names
}
