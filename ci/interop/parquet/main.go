// Command parquet writes the Parquet files of the tests with DuckDB, the metadata of
// pandas included where a file has an index: those of data/parquet, and beside them the
// values that DuckDB reads (one JSON object per file, columns by name), and the RDM of
// ci/reference/rdm_forms.py as a data frame.
//
//	cd ci/interop && go run ./parquet ../..
package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"
	"strings"

	_ "github.com/marcboeker/go-duckdb/v2"
)

const wide = `select printf('image-%d.jpg', i) as name, sin(i)::float as voxel_0, cos(i * 1.5)::float as voxel_1, (i % 7)::float as voxel_2 from range(40) t(i)`

const types = `select i::tinyint as i8, (i * 300)::smallint as i16, i::integer as i32, (i * 10000000000)::bigint as i64,
	(200 + i % 50)::utinyint as u8, (40000 + i)::usmallint as u16, 4000000000::uinteger as u32, (18000000000000000000)::ubigint as u64,
	(i / 3)::float as f, exp(i % 9)::double as d, i % 3 = 0 as b, case when i % 4 = 0 then null else sqrt(i) end as gaps,
	case when i % 5 = 0 then null else printf('row %d', i % 6) end as words, date '2020-01-01' as day from range(40) t(i)`

const lists = `select printf('c%d', i) as condition, [i / 2.0, i * 2.0, -i] as pattern, case when i % 2 = 0 then [1.0] else [1.0, 2.0] end as ragged from range(9) t(i)`

// pandas is the metadata that DataFrame.to_parquet writes, as far as it names the index.
const pandas = `{"index_columns": ["name"], "column_indexes": [], "columns": [], "pandas_version": "1.5.3"}`

var files = []struct{ name, query, options string }{
	{"index", wide, "codec 'snappy', KV_METADATA {pandas: '" + pandas + "'}"},
	{"names", wide, "codec 'zstd'"},
	{"types", types, "codec 'snappy', row_group_size 2048"},
	{"types_v2", types, "codec 'gzip', parquet_version v2"},
	{"types_plain", types, "codec 'uncompressed', dictionary_size_limit 0"},
	{"types_lz4", types, "codec 'lz4_raw'"},
	{"types_brotli", types, "codec 'brotli'"},
	{"lists", lists, "codec 'zstd'"},
	{"ids", "select 100 + i * 7 as image_id, sin(i)::float as voxel_0, cos(i * 1.5)::float as voxel_1 from range(6) t(i)", "codec 'snappy'"},
	{"groups", "select i::double as x, printf('%d', i % 10) as s from range(2500) t(i)", "codec 'snappy', row_group_size 2048"},
}

func main() {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	dir := filepath.Join(os.Args[1], "data", "parquet", "testdata")
	all := map[string]map[string][]any{}
	for _, f := range files {
		path := filepath.Join(dir, f.name+".parquet")
		if _, err := db.Exec(fmt.Sprintf("copy (%s) to '%s' (format parquet, %s)", f.query, path, f.options)); err != nil {
			log.Fatalf("%s: %v", f.name, err)
		}
		if all[f.name], err = read(db, path); err != nil {
			log.Fatalf("%s: %v", f.name, err)
		}
	}
	text, err := json.Marshal(all)
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "values.json"), text, 0o666); err != nil {
		log.Fatal(err)
	}
	if err := frames(db, filepath.Join(os.Args[1], "ci", "forms", "testdata")); err != nil {
		log.Fatal(err)
	}
	rdms := filepath.Join(os.Args[1], "pipeline", "command", "testdata", "rdms")
	frame := fmt.Sprintf("select * from read_csv('%s', header = true, names = ['name', 'shoe', 'face', 'bottle', 'house', 'chair', 'cat'])", filepath.Join(rdms, "turned_pandas.csv"))
	if _, err := db.Exec(fmt.Sprintf("copy (%s) to '%s' (format parquet, KV_METADATA {pandas: '%s'})", frame, filepath.Join(rdms, "turned_pandas.parquet"), pandas)); err != nil {
		log.Fatal(err)
	}
}

// frames writes the RDMs of ci/reference/forms.py as data frames with an index.
func frames(db *sql.DB, dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "rdms-csv", "*.csv"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(dir, "rdms-parquet"), 0o777); err != nil {
		return err
	}
	for _, file := range files {
		to := filepath.Join(dir, "rdms-parquet", strings.TrimSuffix(filepath.Base(file), ".csv")+".parquet")
		query := fmt.Sprintf("select column00 as name, * exclude (column00) from read_csv('%s', header = true)", file)
		if _, err := db.Exec(fmt.Sprintf("copy (%s) to '%s' (format parquet, codec 'snappy', KV_METADATA {pandas: '%s'})", query, to, pandas)); err != nil {
			return err
		}
	}
	return nil
}

func read(db *sql.DB, path string) (map[string][]any, error) {
	rows, err := db.Query(fmt.Sprintf("select * from read_parquet('%s')", path))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	out := map[string][]any{}
	for rows.Next() {
		values := make([]any, len(names))
		to := make([]any, len(names))
		for i := range values {
			to[i] = &values[i]
		}
		if err := rows.Scan(to...); err != nil {
			return nil, err
		}
		for i, name := range names {
			out[name] = append(out[name], plain(values[i]))
		}
	}
	return out, rows.Err()
}

// plain makes single precision double, so that JSON has all of its digits.
func plain(v any) any {
	if f, ok := v.(float32); ok {
		return float64(f)
	}
	if f, ok := v.(float64); ok && math.IsNaN(f) {
		return nil
	}
	return v
}
