package slurm

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"realnet/pipeline"
	"realnet/stages/stage"
)

// Settings are what --slurm, REALNET_SLURM and the machine's file say. They are no part
// of a study, and of no key.
type Settings struct {
	Account, Partition, QOS, Reservation, Constraint, Exclude string

	Time   time.Duration            // limit of a job; 0: the partition's own
	Times  map[string]time.Duration // by stage
	CPUs   int                      // of stages that take as many as there are
	CPUsOf map[string]int           // by stage

	Memory       float64            // times what a stage declares
	MemoryOf     map[string]float64 // by stage
	MemoryBytes  map[string]int64   // by stage, in place of what it declares
	MemoryPerCPU bool               // ask with --mem-per-cpu

	Jobs     int           // in the queue at once
	Throttle int           // of an array, running at once; 0: as many as fit
	Poll     time.Duration // between looks while something ends
	Latency  time.Duration // until a file written on a node is seen here
	Settle   time.Duration // until a submission without an answer has been forgotten; 0: asked of Slurm
	Attempts int

	Kernel  string   // of all nodes; "": this machine's
	Setup   string   // file of shell lines before the stage
	Local   []string // stages that run here, beside those that read folders or the network
	Extra   []string // further arguments of sbatch
	Scratch string   // folder for scratch files on the nodes' own disks; "": below the store
	AnyLibC bool     // the nodes have the libraries that a dynamic program needs

	Made []pipeline.Setting // by the user, those in force
}

// DefaultSettings suit most clusters.
func DefaultSettings() Settings {
	return Settings{
		Times: map[string]time.Duration{}, CPUsOf: map[string]int{}, Memory: 1, MemoryOf: map[string]float64{}, MemoryBytes: map[string]int64{},
		CPUs: 8, Jobs: 200, Poll: 2 * time.Second, Latency: 90 * time.Second, Attempts: 3, Local: []string{"fetch", "report"},
	}
}

// Environment is the variable with settings, separated by spaces.
const Environment = "REALNET_SLURM"

// keys are the settings by name, with what each means.
var keys = []struct {
	name, doc string
	perStage  bool
	set       func(s *Settings, stage, value string) error
}{
	{"account", "account that is charged", false, text(func(s *Settings) *string { return &s.Account })},
	{"partition", "partition, or several separated by commas", false, text(func(s *Settings) *string { return &s.Partition })},
	{"qos", "quality of service", false, text(func(s *Settings) *string { return &s.QOS })},
	{"reservation", "reservation", false, text(func(s *Settings) *string { return &s.Reservation })},
	{"constraint", "features that nodes must have", false, text(func(s *Settings) *string { return &s.Constraint })},
	{"exclude", "nodes that are not used", false, text(func(s *Settings) *string { return &s.Exclude })},
	{"time", "limit of a job, as 90, 4:00:00 or 1-12 (minutes, hours, days); none: the partition's", true, func(s *Settings, stage, v string) error {
		d, err := parseTime(v)
		if err != nil {
			return err
		}
		if stage != "" {
			s.Times[stage] = d
		} else {
			s.Time = d
		}
		return nil
	}},
	{"cpus", "cores of stages that take as many as there are (8)", true, func(s *Settings, stage, v string) error {
		n, err := positive(v)
		if err != nil {
			return err
		}
		if stage != "" {
			s.CPUsOf[stage] = n
		} else {
			s.CPUs = n
		}
		return nil
	}},
	{"memory", "factor on the declared memory, such as 1.5; of one stage also a size such as 16G; per-cpu: ask with --mem-per-cpu", true, setMemory},
	{"jobs", "jobs in the queue at once (200)", false, number(func(s *Settings) *int { return &s.Jobs })},
	{"throttle", "jobs of one array that run at once", false, number(func(s *Settings) *int { return &s.Throttle })},
	{"poll", "interval between queries of the queue while jobs end (2s)", false, duration(func(s *Settings) *time.Duration { return &s.Poll })},
	{"latency", "time until a file from a node is seen here (90s)", false, duration(func(s *Settings) *time.Duration { return &s.Latency })},
	{"settle", "time until an unanswered submission counts as forgotten; by default twice Slurm's MessageTimeout", false, duration(func(s *Settings) *time.Duration { return &s.Settle })},
	{"attempts", "attempts at a job that a node failure or preemption ended (3)", false, number(func(s *Settings) *int { return &s.Attempts })},
	{"kernel", "kernel that all nodes compute with: avx512, avx2 or generic; by default this machine's", false, func(s *Settings, _, v string) error {
		if !slices.Contains([]string{"avx512", "avx2", "generic"}, v) {
			return fmt.Errorf("%q is none of avx512, avx2, generic", v)
		}
		s.Kernel = v
		return nil
	}},
	{"setup", "file of shell lines that a job runs first, such as module load", false, func(s *Settings, _, v string) error {
		info, err := os.Stat(v)
		if err == nil && info.IsDir() {
			err = errors.New("is a folder")
		}
		s.Setup = v
		return err
	}},
	{"local", "stages that run on this machine (fetch,report)", false, func(s *Settings, _, v string) error {
		s.Local = strings.FieldsFunc(v, func(r rune) bool { return r == ',' })
		return nil
	}},
	{"scratch", "folder on the nodes' own disks for checkpoints and downloads; a job on another node starts without them", false, text(func(s *Settings) *string { return &s.Scratch })},
	{"extra", "further arguments of sbatch, separated by spaces", false, func(s *Settings, _, v string) error {
		s.Extra = append(s.Extra, strings.Fields(v)...)
		return nil
	}},
	{"libc", "same: the nodes have the libraries of this machine, so a dynamically linked program runs there", false, func(s *Settings, _, v string) error {
		if v != "same" {
			return fmt.Errorf("%q: the only value is same", v)
		}
		s.AnyLibC = true
		return nil
	}},
}

// ErrSetting is returned for a setting that does not exist or has no such value.
var ErrSetting = errors.New("--slurm")

// Set takes one KEY=VALUE. Known are the stages that exist.
func (s *Settings) Set(text string, known []string) error {
	key, value, ok := strings.Cut(text, "=")
	if !ok {
		return fmt.Errorf("%w %q: write KEY=VALUE, such as partition=cpu", ErrSetting, text)
	}
	key, stageName, _ := strings.Cut(strings.TrimSpace(key), ".")
	var names []string
	for _, k := range keys {
		names = append(names, k.name)
		if k.name != key {
			continue
		}
		if stageName != "" && !k.perStage {
			return fmt.Errorf("%w %s: %s is the same for all stages", ErrSetting, text, key)
		}
		if stageName != "" && !slices.Contains(known, stageName) {
			return fmt.Errorf("%w %s: no stage %q%s", ErrSetting, text, stageName, nearest(stageName, known))
		}
		if err := k.set(s, stageName, strings.TrimSpace(value)); err != nil {
			return fmt.Errorf("%w %s: %w (%s: %s)", ErrSetting, text, err, key, k.doc)
		}
		return nil
	}
	return fmt.Errorf("%w %s: no setting %q%s (settings: %s)", ErrSetting, text, key, nearest(key, names), strings.Join(names, ", "))
}

func nearest(name string, list []string) string {
	if n := stage.Nearest(name, list); n != "" {
		return fmt.Sprintf(": did you mean %q?", n)
	}
	return ""
}

// ReadSettings collects the settings of the machine's file, the environment and the
// flags; later ones win.
func ReadSettings(flags, known []string) (Settings, error) {
	s := DefaultSettings()
	if file := MachineFile(); file != "" {
		f, err := os.Open(file)
		if err == nil {
			defer f.Close()
			lines := bufio.NewScanner(f)
			for n := 1; lines.Scan(); n++ {
				line := strings.TrimSpace(lines.Text())
				if line == "" || strings.HasPrefix(line, "#") {
					continue
				}
				if err := s.Set(line, known); err != nil {
					return s, fmt.Errorf("%s:%d: %w", file, n, err)
				}
				s.record(line, file)
			}
			err = lines.Err()
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return s, err
		}
	}
	for _, text := range strings.Fields(os.Getenv(Environment)) {
		if err := s.Set(text, known); err != nil {
			return s, fmt.Errorf("%s: %w", Environment, err)
		}
		s.record(text, Environment)
	}
	for _, text := range flags {
		if err := s.Set(text, known); err != nil {
			return s, err
		}
		s.record(text, "--slurm")
	}
	return s, nil
}

// record keeps where a setting was made, in place of one that it replaces. Of further
// arguments of sbatch only the names are kept: their values may be secret.
func (s *Settings) record(text, from string) {
	key, value, _ := strings.Cut(text, "=")
	m := pipeline.Setting{Key: strings.TrimSpace(key), Value: strings.TrimSpace(value), From: from}
	if m.Key == "extra" {
		var names []string
		for _, arg := range strings.Fields(m.Value) {
			if name, _, _ := strings.Cut(arg, "="); strings.HasPrefix(name, "--") {
				names = append(names, name)
			}
		}
		m.Value = strings.Join(names, " ")
	} else {
		s.Made = slices.DeleteFunc(s.Made, func(o pipeline.Setting) bool {
			return o.Key == m.Key && (m.Value == "per-cpu") == (o.Value == "per-cpu")
		})
	}
	s.Made = append(s.Made, m)
}

// MachineFile is where settings of this machine are kept: KEY=VALUE lines. It is ""
// where the user has no folder for configuration.
func MachineFile() string {
	dir, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "realnet", "slurm")
}

func text(at func(*Settings) *string) func(*Settings, string, string) error {
	return func(s *Settings, _, v string) error {
		if strings.ContainsAny(v, "\n\r") {
			return errors.New("has more than one line")
		}
		*at(s) = v
		return nil
	}
}

func number(at func(*Settings) *int) func(*Settings, string, string) error {
	return func(s *Settings, _, v string) (err error) {
		*at(s), err = positive(v)
		return err
	}
}

func positive(v string) (int, error) {
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%q is no number from 1", v)
	}
	return n, nil
}

func duration(at func(*Settings) *time.Duration) func(*Settings, string, string) error {
	return func(s *Settings, _, v string) error {
		d, err := time.ParseDuration(v)
		if seconds, serr := strconv.ParseFloat(v, 64); serr == nil {
			d, err = time.Duration(seconds*float64(time.Second)), nil
		}
		if err != nil || d <= 0 {
			return fmt.Errorf("%q is no time such as 5s or 2m", v)
		}
		*at(s) = d
		return nil
	}
}

func setMemory(s *Settings, stageName, v string) error {
	if v == "per-cpu" && stageName == "" {
		s.MemoryPerCPU = true
		return nil
	}
	if f, err := strconv.ParseFloat(v, 64); err == nil && f > 0 && f <= 1000 {
		if stageName != "" {
			s.MemoryOf[stageName] = f
		} else {
			s.Memory = f
		}
		return nil
	}
	if stageName == "" {
		return fmt.Errorf("%q is neither a factor such as 1.5 nor per-cpu", v)
	}
	bytes, err := parseSize(v)
	if err != nil {
		return err
	}
	s.MemoryBytes[stageName] = bytes
	return nil
}

// parseSize reads a size with a unit: 500M, 16G, 1T.
func parseSize(v string) (int64, error) {
	if v == "" {
		return 0, errors.New("is empty")
	}
	at := strings.IndexByte("MGT", v[len(v)-1])
	n, err := strconv.ParseFloat(v[:len(v)-1], 64)
	if at < 0 || err != nil || !(n > 0 && n < 1e6) {
		return 0, fmt.Errorf("%q is neither a factor such as 1.5 nor a size such as 16G", v)
	}
	return int64(n * float64(int64(1)<<(20+10*at))), nil
}

// parseTime reads a limit as sbatch does: minutes, minutes:seconds,
// hours:minutes:seconds, days-hours, days-hours:minutes, days-hours:minutes:seconds.
func parseTime(v string) (time.Duration, error) {
	fail := fmt.Errorf("%q is no time such as 90 (minutes), 4:00:00 or 1-12:00", v)
	days, rest, hasDays := strings.Cut(v, "-")
	if !hasDays {
		days, rest = "0", v
	}
	parts := strings.Split(rest, ":")
	units := map[int][]time.Duration{1: {time.Minute}, 2: {time.Minute, time.Second}, 3: {time.Hour, time.Minute, time.Second}}[len(parts)]
	if hasDays {
		units = []time.Duration{time.Hour, time.Minute, time.Second}
	}
	if len(parts) > 3 {
		return 0, fail
	}
	d, err := strconv.ParseUint(days, 10, 16)
	if err != nil {
		return 0, fail
	}
	total := time.Duration(d) * 24 * time.Hour
	for i, p := range parts {
		n, err := strconv.ParseUint(p, 10, 31)
		if err != nil || n > math.MaxInt32 {
			return 0, fail
		}
		total += time.Duration(n) * units[i]
	}
	if total <= 0 {
		return 0, fail
	}
	return total, nil
}

// limit writes a time as sbatch takes it, rounded up to minutes: Slurm counts those.
func limit(d time.Duration) string {
	minutes := int64((d + time.Minute - 1) / time.Minute)
	return strconv.FormatInt(minutes, 10)
}
