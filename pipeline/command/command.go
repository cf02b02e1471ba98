package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"github.com/rs/zerolog"

	"realnet/artifacts"
	"realnet/pipeline"
	"realnet/pipeline/identity"
	"realnet/stages"
	"realnet/stages/all"
)

// Exit codes of the program.
const (
	ExitOK          = 0
	ExitFailed      = 1
	ExitUsage       = 2
	ExitInterrupted = 3 // by a signal; the same command resumes
	ExitChecks      = 4 // the study ran, and a check of it did not pass
)

// CLI is the whole command line.
type CLI struct {
	Store   string `help:"Folder of the artifact store." env:"REALNET_STORE" placeholder:"DIR"`
	Verbose bool   `short:"v" help:"Log more."`
	Quiet   bool   `short:"q" help:"Log only errors and show no progress."`

	Reproduce   Reproduce   `cmd:"" help:"Run a study from data to report."`
	Plan        Plan        `cmd:"" help:"Show what a study would run, what is cached and why."`
	Stage       Stage       `cmd:"" help:"Run or describe one stage."`
	Data        Data        `cmd:"" help:"List, fetch and verify the public datasets; look into files."`
	Activations Activations `cmd:"" help:"Run a network on your own images."`
	RDM         RDM         `cmd:"" name:"rdm" help:"Make an RDM of your own patterns."`
	RSA         RSA         `cmd:"" name:"rsa" help:"Compare your own RDMs: similarity, permutation test, noise ceiling."`
	EEGRDM      EEGRDM      `cmd:"" name:"eegrdm" help:"Make RDMs over time of your own EEG, by decoding or correlation."`
	Stats       Stats       `cmd:"" help:"Test your own values: sign flips, clusters, TFCE, t, Wilcoxon."`
	PCA         PCA         `cmd:"" name:"pca" help:"Find principal components of your own arrays."`
	Encode      Encode      `cmd:"" help:"Predict your own responses from features by cross-validated ridge regression."`
	Searchlight Searchlight `cmd:"" help:"Compare models with your own brain images, sphere by sphere."`
	Studies     Studies     `cmd:"" help:"List the bundled studies, or print one."`
	Artifacts   Artifacts   `cmd:"" help:"List, show, verify, import, export and clean artifacts."`
	Bench       Bench       `cmd:"" help:"Benchmark the hot paths on this machine."`
	Power       Power       `cmd:"" help:"Repeat a study in synthetic worlds: what it finds, how often, and what it finds that is not there."`
	Compare     Compare     `cmd:"" help:"Show what differs between two runs, in parameters and in results."`
	Report      Report      `cmd:"" help:"Show the report of a run, or several runs side by side."`
	Doctor      Doctor      `cmd:"" help:"Say whether studies can run on this machine or a cluster, and what is missing."`
	Version     Version     `cmd:"" help:"Print the version of the program and of its stages' code."`
	Completion  Completion  `cmd:"" help:"Print the completion script of a shell."`
}

// Examples of the program.
func (*CLI) Examples() string {
	return "realnet reproduce\nrealnet plan demo --set train.epochs=20\nrealnet rsa --model it.npy --brain human.npy --json"
}

// App is what every command gets: streams, the store, the stages and their
// sources.
type App struct {
	Stdout, Stderr io.Writer
	Log            zerolog.Logger
	Terminal       bool // standard error is a terminal
	Quiet          bool
	Sources        fs.FS
	Args           []string // as typed, for records
	StoreDir       string
	Registry       stages.Registry

	store    *artifacts.Store // opened by OpenStore
	patience atomic.Int64     // nanoseconds that a command may take to end after a signal; 0: grace
}

// usageError is a fault of the command line itself: exit code 2.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// Main runs the program and returns its exit code. Sources is the module's
// source tree, from which stages get their code identity.
func Main(args []string, sources fs.FS, stdout, stderr *os.File) int {
	ctx, stop := interruptible()
	defer stop()
	app := &App{Stdout: stdout, Stderr: stderr, Sources: sources, Args: args, Registry: all.Stages(), Terminal: isTerminal(stderr)}
	return app.Run(ctx, args)
}

// interruptible returns a context that ends at the first SIGINT, SIGTERM or SIGHUP. A
// second one ends the process at once. Signals that the parent had ignored, as nohup
// does, stay ignored.
func interruptible() (ctx context.Context, stop func()) {
	var signals []os.Signal
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			signals = append(signals, s)
		}
	}
	if len(signals) == 0 { // NotifyContext would take none for all
		return context.WithCancel(context.Background())
	}
	ctx, stop = signal.NotifyContext(context.Background(), signals...)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// grace is how long a command may take to end after a signal. It is for work that
// cannot be asked to stop; whatever is cut off was not renamed to its final name yet.
const grace = 700 * time.Millisecond

// graceNow is grace, or longer for a command that has work to end on other machines.
func (a *App) graceNow() time.Duration { return max(grace, time.Duration(a.patience.Load())) }

// errCutOff is returned for a command that did not end after a signal.
var errCutOff = fmt.Errorf("interrupted, and cut off: %w", context.Canceled)

// within runs f and gives up on it some time after ctx ended.
func within(ctx context.Context, grace func() time.Duration, f func() error) error {
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	select {
	case err := <-done:
		return err
	case <-time.After(grace()):
		return errCutOff
	}
}

// Run parses and runs one command line.
func (a *App) Run(ctx context.Context, args []string) (code int) {
	var cli CLI
	exited := -1
	parser, err := kong.New(&cli,
		kong.Name("realnet"),
		kong.Description("Reproduces, end to end, studies that teach a vision network human brain data.\n\nStart with: realnet reproduce"),
		kong.Writers(a.Stdout, a.Stderr),
		kong.Exit(func(code int) { exited = code }),
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Help(helpWithExample),
	)
	if err != nil {
		panic(err) // the command line's structs are wrong: a bug
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	k, err := parser.Parse(args)
	if exited >= 0 {
		return exited // help was printed
	}
	if err != nil {
		fmt.Fprintf(a.Stderr, "realnet: %v\n", err)
		fmt.Fprintln(a.Stderr, "Run realnet --help, or realnet COMMAND --help for an example.")
		return ExitUsage
	}
	a.Quiet = cli.Quiet
	a.Log = a.logger(cli)
	if a.StoreDir, err = storeDir(cli.Store); err != nil {
		fmt.Fprintf(a.Stderr, "realnet: %v\n", err)
		return ExitFailed
	}
	k.BindTo(ctx, (*context.Context)(nil))
	err = within(ctx, a.graceNow, func() error { return errors.Join(k.Run(a), a.closeStore()) })
	if err == nil {
		return ExitOK
	}
	fmt.Fprintf(a.Stderr, "realnet: %v\n", err)
	return exitCode(ctx, err)
}

// exitCode says how a command ended.
func exitCode(ctx context.Context, err error) int {
	var usage usageError
	switch {
	case errors.Is(err, context.Canceled), ctx.Err() != nil:
		return ExitInterrupted
	case errors.Is(err, pipeline.ErrCheckFailed):
		return ExitChecks
	case errors.As(err, &usage), errors.Is(err, pipeline.ErrUnknownStudy), errors.Is(err, pipeline.ErrUnknownStage):
		return ExitUsage
	}
	return ExitFailed
}

func (a *App) logger(cli CLI) zerolog.Logger {
	out := a.Stderr
	if a.Terminal {
		out = zerolog.ConsoleWriter{Out: a.Stderr, TimeFormat: "15:04:05"}
	}
	level := zerolog.InfoLevel
	switch {
	case cli.Verbose:
		level = zerolog.DebugLevel
	case cli.Quiet:
		level = zerolog.ErrorLevel
	}
	return zerolog.New(out).Level(level).With().Timestamp().Logger()
}

// storeDir is the folder of the store: as given, or in the user's cache.
func storeDir(given string) (string, error) {
	if given != "" {
		return filepath.Abs(given)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no folder for the store: give --store DIR: %w", err)
	}
	return filepath.Join(cache, "realnet"), nil
}

// OpenStore opens the artifact store, for one command line: Run closes it.
func (a *App) OpenStore() (*artifacts.Store, error) {
	if a.store != nil {
		return a.store, nil
	}
	store, err := artifacts.OpenStore(a.StoreDir)
	if err == nil {
		a.store = store
	}
	return store, err
}

func (a *App) closeStore() error {
	if a.store == nil {
		return nil
	}
	err := a.store.Close()
	a.store = nil
	return err
}

// Code reads the embedded sources.
func (a *App) Code() (*identity.Sources, error) { return identity.New(a.Sources) }

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// exampled is a command that has examples, which are shown below its help and that
// of subcommands without their own.
type exampled interface{ Examples() string }

func helpWithExample(options kong.HelpOptions, ctx *kong.Context) error {
	if err := kong.DefaultHelpPrinter(options, ctx); err != nil {
		return err
	}
	node := ctx.Selected()
	if node == nil {
		node = ctx.Model.Node
	}
	for n := node; n != nil; n = n.Parent {
		if !n.Target.IsValid() || !n.Target.CanAddr() {
			continue
		}
		if e, ok := n.Target.Addr().Interface().(exampled); ok {
			_, err := fmt.Fprintf(ctx.Stdout, "\nExamples:\n%s\n", indent(e.Examples()))
			return err
		}
	}
	return nil
}

func indent(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n  ")
}
