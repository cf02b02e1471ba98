package step

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"github.com/rs/zerolog"

	"realnet/stages/stage"
)

// Main is the program of a single stage. It takes the flags of the contract,
// logs JSON lines and returns the exit code: 0 done, 1 failed, 2 wrong usage, 3
// interrupted. REALNET_WORKERS and REALNET_SCRATCH set what no flag sets; with
// REALNET_FACTS=FILE host and times go there, so that the artifact's bytes depend on
// nothing but what it is made of; with REALNET_OFFLINE=1 it gives up the network first.
func Main(st stage.Stage, code string, args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	o := Flags{Log: zerolog.New(stderr).With().Timestamp().Logger(), Scratch: os.Getenv("REALNET_SCRATCH"), Facts: os.Getenv("REALNET_FACTS")}
	flags := flag.NewFlagSet(st.Name, flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.Params, "params", "", "JSON `file` of parameters; defaults for what it leaves out")
	flags.StringVar(&o.Out, "out", "", "`folder` of the output artifact; must not exist")
	flags.StringVar(&o.Swap, "swap", "", "run this `program` in place of the stage, and seal what it writes")
	flags.Func("in", "an input artifact (or folder) for a port, `PORT=DIR`; may be repeated", func(text string) error {
		o.In = append(o.In, text)
		return nil
	})
	describe := flags.Bool("describe", false, "print ports, schemas and parameters with defaults as JSON")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	err := func() error {
		if flags.NArg() > 0 {
			return usagef("stage %s: unexpected %q", st.Name, flags.Arg(0))
		}
		if *describe {
			enc := json.NewEncoder(stdout)
			enc.SetIndent("", "  ")
			return enc.Encode(st.Describe())
		}
		if text := os.Getenv("REALNET_WORKERS"); text != "" {
			n, err := strconv.Atoi(text)
			if err != nil || n < 0 {
				return usagef("REALNET_WORKERS %q: want a number of cores", text)
			}
			o.Workers = n
		}
		if os.Getenv("REALNET_OFFLINE") == "1" {
			if err := Offline(); err != nil {
				return err
			}
		}
		_, err := o.Run(ctx, st, code)
		return err
	}()
	var usage UsageError
	switch {
	case err == nil:
		return 0
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "interrupted")
		return 3
	case errors.As(err, &usage):
		fmt.Fprintln(stderr, err)
		return 2
	}
	fmt.Fprintln(stderr, err)
	return 1
}
