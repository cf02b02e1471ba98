package command

import (
	"fmt"

	"realnet/artifacts"
	"realnet/artifacts/schemas/accuracies"
	"realnet/artifacts/schemas/dataset"
	"realnet/artifacts/schemas/dimensions"
	"realnet/artifacts/schemas/epochs"
	"realnet/artifacts/schemas/features"
	"realnet/artifacts/schemas/patterns"
	"realnet/artifacts/schemas/precision"
	"realnet/artifacts/schemas/profiles"
	"realnet/artifacts/schemas/rdms"
	"realnet/artifacts/schemas/similarities"
	"realnet/artifacts/schemas/statistics"
	"realnet/artifacts/schemas/stimuli"
	"realnet/artifacts/schemas/targets"
	"realnet/artifacts/schemas/weights"
	"realnet/pipeline/arrays"
)

// table moves one table of an artifact to and from CSV.
type table struct {
	fromCSV func(w *artifacts.Writer, file, csv string) error
	toCSV   func(a *artifacts.Artifact, file, csv string) error
	names   func(a *artifacts.Artifact, file string) ([]string, error) // nil: rows have no name
}

// tableOf is the table whose rows are values of T. name may be nil.
func tableOf[T any](name func(T) string) table {
	t := table{
		fromCSV: func(w *artifacts.Writer, file, csv string) error {
			rows, err := arrays.ReadTable(csv, func(int) (zero T) { return zero })
			if err != nil {
				return err
			}
			return artifacts.WriteTable(w, file, rows)
		},
		toCSV: func(a *artifacts.Artifact, file, csv string) error {
			rows, err := artifacts.ReadTable[T](a, file)
			if err != nil {
				return err
			}
			return arrays.WriteTable(csv, rows)
		},
	}
	if name != nil {
		t.names = func(a *artifacts.Artifact, file string) ([]string, error) {
			rows, err := artifacts.ReadTable[T](a, file)
			list := make([]string, len(rows))
			for i, r := range rows {
				list[i] = name(r)
			}
			return list, err
		}
	}
	return t
}

// tables are the tables of each schema by file name. The one with names names
// the rows (of RDMs, the conditions) in names.txt.
var tables = map[string]map[string]table{
	accuracies.Schema.Name: {accuracies.Table: tableOf[accuracies.Row](nil)},
	dataset.Schema.Name:    {dataset.FilesTable: tableOf[dataset.File](nil)},
	dimensions.Schema.Name: {
		dimensions.ObjectsTable: tableOf(func(r dimensions.Object) string { return r.Name }),
		dimensions.LabelsTable:  tableOf[dimensions.Label](nil),
	},
	epochs.Schema.Name: {
		epochs.ConditionsTable: tableOf(func(r epochs.Condition) string { return r.Name }),
		epochs.ChannelsTable:   tableOf[epochs.Channel](nil),
		epochs.TimesTable:      tableOf[epochs.Time](nil),
	},
	features.Schema.Name: {features.ImagesTable: tableOf(func(r features.Image) string { return r.Name })},
	patterns.Schema.Name: {
		patterns.SamplesTable: tableOf(func(r patterns.Sample) string { return r.Condition }),
		patterns.VoxelsTable:  tableOf[patterns.Voxel](nil),
		patterns.ROITable:     tableOf[patterns.Member](nil),
	},
	precision.Schema.Name: {}, // one tensor
	profiles.Schema.Name:  {profiles.Table: tableOf[profiles.Row](nil)},
	rdms.Schema.Name: {
		rdms.RowsTable:       tableOf[rdms.Row](nil),
		rdms.ConditionsTable: tableOf(func(r rdms.Condition) string { return r.Name }),
	},
	similarities.Schema.Name: {similarities.Table: tableOf[similarities.Row](nil)},
	statistics.Schema.Name:   {statistics.Table: tableOf[statistics.Row](nil)},
	stimuli.Schema.Name:      {stimuli.ImagesTable: tableOf(func(r stimuli.Image) string { return r.Name })},
	targets.Schema.Name: {
		targets.SamplesTable:    tableOf(func(r targets.Sample) string { return r.Condition }),
		targets.ComponentsTable: tableOf[targets.Component](nil),
	},
	weights.Schema.Name: {
		weights.StepsTable:  tableOf[weights.Step](nil),
		weights.EpochsTable: tableOf[weights.Epoch](nil),
	},
}

// tableIn finds a table's rows.
func tableIn(schema, file string) (table, error) {
	t, ok := tables[schema][file]
	if !ok {
		return t, fmt.Errorf("table %s of schema %s cannot be moved to or from CSV", file, schema)
	}
	return t, nil
}
