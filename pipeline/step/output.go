package step

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rs/zerolog"
)

// Output takes what the program of a stage prints. Its JSON lines are logged, or
// reported as progress where they say done and total; text is logged as it is. The last
// words are kept for the error of a program that fails.
type Output struct {
	task Task
	rest []byte   // of a line that has not ended
	last []string // lines, progress left out
	size int      // bytes of last
}

const (
	lastWords  = 8 << 10  // bytes that are kept
	longestLog = 64 << 10 // bytes of a line that is still read as one
)

// NewOutput returns an output that logs and reports to the task.
func NewOutput(t Task) *Output { return &Output{task: t} }

// Write takes the next bytes. It never fails.
func (o *Output) Write(p []byte) (int, error) {
	o.rest = append(o.rest, p...)
	for {
		end := bytes.IndexByte(o.rest, '\n')
		if end < 0 && len(o.rest) < longestLog {
			return len(p), nil
		}
		if end < 0 {
			o.line(string(o.rest))
			o.rest = nil
			return len(p), nil
		}
		o.line(string(o.rest[:end]))
		o.rest = o.rest[end+1:]
	}
}

// Close takes a last line without an end.
func (o *Output) Close() {
	if len(o.rest) > 0 {
		o.line(string(o.rest))
		o.rest = nil
	}
}

// line takes one line.
func (o *Output) line(text string) {
	text = strings.TrimRight(text, "\r ")
	if text == "" {
		return
	}
	if strings.HasPrefix(text, "{") {
		var fields map[string]any
		if json.Unmarshal([]byte(text), &fields) == nil {
			o.record(fields)
			return
		}
	}
	o.keep(text)
	o.task.Log.Info().Msg(text)
}

// record takes a JSON line.
func (o *Output) record(fields map[string]any) {
	message, _ := fields["message"].(string)
	done, isDone := fields["done"].(float64)
	total, isTotal := fields["total"].(float64)
	if isDone && isTotal {
		o.task.Progress(int64(done), int64(total), message)
		return
	}
	word, _ := fields["level"].(string)
	level, err := zerolog.ParseLevel(word)
	if err != nil || level == zerolog.NoLevel {
		level = zerolog.InfoLevel
	}
	level = min(level, zerolog.ErrorLevel) // a fatal error of the program is none of ours
	text := message
	e := o.task.Log.WithLevel(level)
	for _, k := range sortedKeys(fields) {
		if !slices.Contains([]string{"level", "message", "time", "stage", "node"}, k) {
			e = e.Interface(k, fields[k])
			text += fmt.Sprintf(" %s=%v", k, fields[k])
		}
	}
	e.Msg(message)
	o.keep(strings.TrimSpace(word + " " + strings.TrimSpace(text)))
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func (o *Output) keep(line string) {
	line = line[:min(len(line), lastWords)]
	o.last, o.size = append(o.last, line), o.size+len(line)
	for o.size > lastWords {
		o.size -= len(o.last[0])
		o.last = o.last[1:]
	}
}

// Failure is the error of the stage's program that ended in the given way, such as
// "exit code 1": first the reason, in the program's own words, then the rest of its
// last words.
func (o *Output) Failure(how string) error {
	o.Close()
	name := o.task.Stage.Name
	reason, rest := o.words()
	text := fmt.Sprintf("stage %s: %s (%s)", name, strings.TrimPrefix(reason, "stage "+name+": "), how)
	if reason == "" {
		text = fmt.Sprintf("stage %s: %s, and the program printed nothing", name, how)
	}
	if rest != "" {
		text += "\n" + rest
	}
	return errors.New(text)
}

// words divides the last words into the reason and the rest. Programs of Go say the
// reason first and may add lines to it; most others say it last.
func (o *Output) words() (reason, rest string) {
	if len(o.last) == 0 {
		return "", ""
	}
	at := len(o.last) - 1
	for i, line := range slices.Backward(o.last) {
		if strings.HasPrefix(line, "realnet: ") || strings.HasPrefix(line, "stage "+o.task.Stage.Name+": ") || strings.HasPrefix(line, "panic: ") {
			at = i
			break
		}
	}
	rest = strings.Join(append(slices.Clone(o.last[at+1:]), o.last[:at]...), "\n")
	return strings.TrimPrefix(o.last[at], "realnet: "), rest
}

// howItEnded says in words how a program ended that did not succeed.
func howItEnded(err error) string {
	var failed *exec.ExitError
	if !errors.As(err, &failed) {
		return notStarted(err)
	}
	if status, ok := failed.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return SignalText(status.Signal())
	}
	return fmt.Sprintf("exit code %d", failed.ExitCode())
}

// notStarted says why a program did not start. When what the program itself needs is
// absent, the system's words name the program, which is there.
func notStarted(err error) string {
	var path *fs.PathError
	if !errors.As(err, &path) || !errors.Is(err, fs.ErrNotExist) {
		return err.Error()
	}
	file, opened := os.Open(path.Path)
	if opened != nil {
		return err.Error()
	}
	defer file.Close()
	line, _ := bufio.NewReader(io.LimitReader(file, 4096)).ReadString('\n')
	if words := strings.Fields(strings.TrimPrefix(line, "#!")); strings.HasPrefix(line, "#!") && len(words) > 0 {
		return fmt.Sprintf("not started: its interpreter %s, which its first line names, is not there", words[0])
	}
	return "not started: the dynamic linker or a library that it needs is not there; a static program needs none"
}

// SignalText says in words that a program was ended by a signal.
func SignalText(signal syscall.Signal) string {
	text := fmt.Sprintf("ended by signal %d, %s", int(signal), signal)
	if signal == syscall.SIGKILL {
		text += ": the kernel does that when memory runs out"
	}
	return text
}

// progressLog reports progress as log lines, at most one in five seconds.
func progressLog(log zerolog.Logger) func(done, total int64, note string) {
	var mu sync.Mutex
	var last time.Time
	return func(done, total int64, note string) {
		mu.Lock()
		defer mu.Unlock()
		if time.Since(last) > 5*time.Second {
			last = time.Now()
			log.Info().Int64("done", done).Int64("total", total).Msg(note)
		}
	}
}
