package executortest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"testing/fstest"
	"time"

	"realnet/artifacts"
	"realnet/pipeline/identity"
	"realnet/pipeline/step"
	"realnet/stages"
	"realnet/stages/stage"
)

// Number is a row of the toy stages' output.
type Number struct {
	Value float64 `col:"value"`
}

// Table is the file of the toy stages' output.
const Table = "numbers.parquet"

var schema = artifacts.Define(artifacts.Schema{
	Name: "toy-numbers", Version: 1, Files: []artifacts.FileSpec{artifacts.TableOf[Number](Table)},
})

// NumbersParams are the parameters of the toy stage numbers.
type NumbersParams struct {
	N     int    `json:"n"`
	Seed  uint64 `json:"seed"`
	Sleep int64  `json:"sleep_ns"`
}

// FailParams are the parameters of the toy stage fail.
type FailParams struct {
	Message string `json:"message"`
	Panics  bool   `json:"panics"`
}

// Registry has the toy stages:
//
//	numbers   n random numbers from a seed
//	sum       one total for each input, in their order
//	wait      runs until it is cancelled
//	fail      fails with a message, or panics
//	report    as sum, with optional inputs and a parameter missing
func Registry() stages.Registry {
	many := []stage.Port{{Name: "numbers", Schemas: []string{schema.Name}, Many: true, Optional: true, Doc: "numbers"}}
	type none struct{}
	return stages.NewRegistry(
		stage.New(stage.Spec{Name: "numbers", Out: schema}, NumbersParams{N: 1}, numbers),
		stage.New(stage.Spec{Name: "sum", In: many, Out: schema}, none{}, func(_ context.Context, env *stage.Env, _ none) error { return sum(env) }),
		stage.New(stage.Spec{Name: "wait", Out: schema}, none{}, func(ctx context.Context, _ *stage.Env, _ none) error {
			<-ctx.Done()
			return ctx.Err()
		}),
		stage.New(stage.Spec{Name: "fail", Out: schema}, FailParams{}, func(_ context.Context, env *stage.Env, p FailParams) error {
			if err := artifacts.WriteTable(env.Out, Table, []Number{{1}}); err != nil {
				return err
			}
			if p.Panics {
				panic(p.Message)
			}
			return errors.New(p.Message)
		}),
		stage.New(stage.Spec{Name: "report", In: many, Out: schema}, ReportParams{}, func(_ context.Context, env *stage.Env, p ReportParams) error {
			if len(p.Missing) > 0 {
				return artifacts.WriteTable(env.Out, Table, []Number{{-float64(len(p.Missing))}})
			}
			return sum(env)
		}),
	)
}

// ReportParams are the parameters of the toy stage report.
type ReportParams struct {
	Missing []string `json:"missing"`
}

func numbers(ctx context.Context, env *stage.Env, p NumbersParams) error {
	select {
	case <-time.After(time.Duration(p.Sleep)):
	case <-ctx.Done():
		return ctx.Err()
	}
	r := rand.New(rand.NewPCG(p.Seed, 0))
	rows := make([]Number, p.N)
	for i := range rows {
		rows[i].Value = r.Float64()
	}
	return artifacts.WriteTable(env.Out, Table, rows)
}

func sum(env *stage.Env) error {
	rows := []Number{}
	for _, a := range env.In["numbers"] {
		in, err := artifacts.ReadTable[Number](a, Table)
		if err != nil {
			return err
		}
		var total float64
		for _, n := range in {
			total += n.Value
		}
		rows = append(rows, Number{total})
	}
	return artifacts.WriteTable(env.Out, Table, rows)
}

// Totals reads a toy artifact.
func Totals(t testing.TB, a *artifacts.Artifact) []float64 {
	t.Helper()
	rows, err := artifacts.ReadTable[Number](a, Table)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]float64, len(rows))
	for i, r := range rows {
		out[i] = r.Value
	}
	return out
}

// Sources is a source tree of the toy stages, in which a test edits files.
func Sources() fstest.MapFS {
	fsys := fstest.MapFS{"go.mod": {Data: []byte("module toys\n\ngo 1.26\n")}}
	for _, name := range Registry().Names() {
		fsys["stages/"+name+"/stage.go"] = &fstest.MapFile{Data: []byte("package " + name + "\n\nimport _ \"toys/shared\"\n\nvar version = 1 // first\n")}
	}
	fsys["shared/shared.go"] = &fstest.MapFile{Data: []byte("package shared\n")}
	return fsys
}

// Code is the identity of a toy stage's code, as a Runner with Sources has it.
func Code(stageName string) string {
	sources, err := identity.New(Sources())
	if err != nil {
		panic(err) // the tree is a constant
	}
	code, err := sources.Of("stages/" + stageName)
	if err != nil {
		panic(err)
	}
	return code
}

// StageMain makes a test's own binary keep the stage contract for the toy
// stages, so that executors which start programs can be tested; Main calls it.
// The binary is started as `BINARY stage NAME --params F --in P=DIR --out DIR`.
func StageMain() (code int, ok bool) {
	if len(os.Args) < 3 || os.Args[1] != "stage" {
		return 0, false
	}
	st, ok := Registry().Get(os.Args[2])
	if !ok {
		fmt.Fprintf(os.Stderr, "no toy stage %q\n", os.Args[2])
		return 1, true
	}
	return step.Main(st, Code(st.Name), os.Args[3:], os.Stdout, os.Stderr), true
}
