// Package parquet reads tables that pandas, Arrow, DuckDB, R or Spark wrote as Parquet.
//
//	t, err := parquet.Read("features.parquet")
//	c, ok := t.Column("voxel_1")               // c.Numbers, one per row
//
// Columns of numbers (integers, floats, booleans) are float64 with NaN for nulls, columns
// of text have "" for nulls, and a column of lists of numbers that are all of one length
// is an array of rows x that length. Columns of other types (dates, decimals, structs) are
// listed with the reason in [Column.Err]; the others are readable. The index of a pandas
// data frame, which is a column like others, is named in [Table.Index].
//
// The whole table is held in memory, eight bytes per number. A file that claims more
// values or larger pages than its size allows for is refused before memory is taken.
//
// Artifacts are Parquet too, of columns that are known beforehand: package artifacts.
package parquet
