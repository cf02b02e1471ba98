// Command interop reads the tables of an artifact with DuckDB and prints their sums,
// one "name value" a line, as the test that wrote them does.
package main

import (
	"database/sql"
	"fmt"
	"log"
	"os"

	_ "github.com/marcboeker/go-duckdb/v2"
)

// queries sum every column of rows.parquet. List values are sums of all elements;
// int64 columns are summed without wrapping.
var queries = []struct{ name, query string }{
	{"rows", "count(*)::double"},
	{"name", "sum(strlen(name))::double"}, // bytes
	{"ok", "sum(ok::int)::double"},
	{"a", "sum(a)::double"},
	{"b", "sum(b % 1000003)::double"},
	{"x", "sum(x::double)"},
	{"y", "sum(y)"},
	{"v", "sum(list_sum(v::double[]))"},
	{"v null", "sum((v is null)::int)::double"},
	{"v elements", "sum(len(v))::double"},
}

func main() {
	db, err := sql.Open("duckdb", "")
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	for _, q := range queries {
		var sum float64
		query := fmt.Sprintf("select %s from read_parquet('%s/rows.parquet')", q.query, os.Args[1])
		if err := db.QueryRow(query).Scan(&sum); err != nil {
			log.Fatalf("%s: %v", q.name, err)
		}
		fmt.Printf("rows.parquet %s %.17g\n", q.name, sum)
	}
}
