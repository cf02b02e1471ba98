package slurm

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"realnet/model/kernels"
	"realnet/pipeline/step"
	"realnet/stages/stage"
)

// quote makes text one word for sh.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// request is what a job asks of the cluster.
type request struct {
	cpus       int
	memory     int64 // bytes
	time       time.Duration
	exclude    []string
	constraint string
}

// requestOf says what a stage needs on the cluster.
func (set Settings) requestOf(stageName string, need stage.Need, maxCPUs int) request {
	r := request{cpus: need.CPUs, time: set.Time, constraint: set.Constraint}
	if r.cpus <= 0 {
		r.cpus = set.CPUs
	}
	if maxCPUs > 0 {
		r.cpus = min(r.cpus, maxCPUs)
	}
	if n := set.CPUsOf[stageName]; n > 0 {
		r.cpus = n
	}
	if t := set.Times[stageName]; t > 0 {
		r.time = t
	}
	factor := set.Memory
	if f := set.MemoryOf[stageName]; f > 0 {
		factor = f
	}
	const little = 256 << 20 // of a program that declares nothing
	r.memory = int64(factor*float64(need.Memory)*1.25) + little
	if need.Memory == 0 {
		r.memory = int64(factor * (1 << 30))
	}
	if b := set.MemoryBytes[stageName]; b > 0 {
		r.memory = b
	}
	return r
}

// mib is the memory in whole MiB, rounded up.
func (r request) mib() int64 { return (r.memory + 1<<20 - 1) >> 20 }

// flags are the arguments of sbatch for the request: jobs with the same are submitted
// together.
func (r request) flags(set Settings) []string {
	args := []string{"--nodes=1", "--ntasks=1", "--cpus-per-task=" + strconv.Itoa(r.cpus)}
	if set.MemoryPerCPU {
		args = append(args, fmt.Sprintf("--mem-per-cpu=%dM", (r.mib()+int64(r.cpus)-1)/int64(r.cpus)))
	} else {
		args = append(args, fmt.Sprintf("--mem=%dM", r.mib()))
	}
	if r.time > 0 {
		args = append(args, "--time="+limit(r.time))
	}
	add := func(flag, value string) {
		if value != "" {
			args = append(args, flag+"="+value)
		}
	}
	add("--constraint", r.constraint)
	exclude := r.exclude
	if set.Exclude != "" {
		exclude = append([]string{set.Exclude}, exclude...)
	}
	add("--exclude", strings.Join(exclude, ","))
	add("--account", set.Account)
	add("--partition", set.Partition)
	add("--qos", set.QOS)
	add("--reservation", set.Reservation)
	return append(args, set.Extra...)
}

// submission arguments of a batch whose folder is dir.
func batchArgs(set Settings, flags []string, dir, token, array string) []string {
	args := append([]string{
		"--parsable", "--no-requeue", "--job-name=" + namePrefix + token, "--array=" + array,
	}, flags...)
	return append(args, "--chdir="+dir, "--output="+filepath.Join(dir, "slurm-%a"), "--open-mode=append", "--export=ALL", filepath.Join(dir, "job.sh"))
}

// jobScript is what Slurm runs for every task of a batch. The job claims its attempt
// first: an array that was submitted twice, because nobody answered, runs once.
func jobScript(dir string, setup []byte) string {
	return `#!/bin/sh
dir=$(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" ` + quote(filepath.Join(dir, "list")) + `)
cd "$dir" || exit 120
id=${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}
ln -s "$id" claim 2>/dev/null
[ "$(readlink claim)" = "$id" ] || exit 0    # another submission has it
rm -rf exit out
` + string(setup) + `
trap : TERM INT HUP    # the stage gets them too; this shell lives to write down how it ended
sh ./run >>log 2>&1 </dev/null
code=$?
echo "$code $id ${SLURM_RESTART_COUNT:-0} $SLURMD_NODENAME" >exit.new && mv exit.new exit
exit $code
`
}

// runScript is the command of one attempt.
func runScript(task step.Task, program []string, dir, scratch string, r request, kernel string) string {
	var b strings.Builder
	set := func(name, value string) { fmt.Fprintf(&b, "export %s=%s\n", name, quote(value)) }
	b.WriteString("#!/bin/sh\n")
	set("REALNET_STAGE", task.Stage.Name)
	set("REALNET_WORKERS", strconv.Itoa(r.cpus))
	set("REALNET_SCRATCH", scratch)
	set("GOMAXPROCS", strconv.Itoa(r.cpus))
	set("GOMEMLIMIT", fmt.Sprintf("%dMiB", r.mib()*9/10))
	if kernel != "" {
		set(kernels.Environment, kernel)
	}
	b.WriteString("exec")
	words := append(append([]string{}, program...), task.Stage.Name)
	if task.Program != nil {
		quoted := make([]string, len(task.Program.Command))
		for i, w := range task.Program.Command {
			quoted[i] = quote(w)
		}
		words = append(words, "--swap", strings.Join(quoted, " "))
	}
	for _, w := range append(words, task.Args(filepath.Join(dir, "params.json"), filepath.Join(dir, "out"))...) {
		b.WriteString(" " + quote(w))
	}
	b.WriteString("\n")
	return b.String()
}

// setupOf reads the lines that a job runs first.
func (set Settings) setupOf() ([]byte, error) {
	if set.Setup == "" {
		return nil, nil
	}
	text, err := os.ReadFile(set.Setup)
	if err != nil {
		return nil, fmt.Errorf("%w setup: %w", ErrSetting, err)
	}
	return text, nil
}
