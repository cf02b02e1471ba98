package command

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// askers print what a shell completes the last of some words to. Each is run by its
// shell with the file of the script and the words.
var askers = map[string]struct {
	before []string // arguments of the shell
	ask    string
}{
	"bash": {[]string{"--norc"}, `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _realnet; echo ${COMPREPLY[*]}`},
	"fish": {[]string{"--no-config"}, `source $argv[1]; complete -C "$argv[2..]" | string replace -r '\t.*' ''; true`},
	// A terminal is typed into, for zsh completes nowhere else. What compadd is given
	// and would offer is kept.
	"zsh": {[]string{"-f"}, `
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z "PS1=; autoload -Uz compinit; compinit -u -d ${(q)0}.dump; source ${(q)0}"
zpty -w z 'compadd() { local -a got; builtin compadd -O got "$@"; found+=($got); builtin compadd "$@" }'
zpty -w z 'finish() { found=(); zle complete; print "\nhits<<$found>>"; exit }'
zpty -w z 'zle -C complete complete-word _main_complete; zle -N finish; bindkey "\t" finish; print rea""dy'
zpty -r z out '*ready*'
zpty -w -n z "$*"$'\t'
zpty -r z out '*hits<<*>>*'
print -r -- ${${out##*hits<<}%%>>*}`},
}

// The completion scripts are of their shells' syntax, and complete words in each
// shell that is installed: CI installs zsh and fish where it may.
func TestCompletion(t *testing.T) {
	for shell, asker := range askers {
		t.Run(shell, func(t *testing.T) {
			code, script, stderr := execute(t, "completion", shell)
			if code != ExitOK || stderr != "" {
				t.Fatalf("exit %d, %s", code, stderr)
			}
			program, err := exec.LookPath(shell)
			if err != nil {
				t.Skipf("%s is not installed: its script is not run", shell)
			}
			file := filepath.Join(t.TempDir(), "realnet."+shell)
			if err := os.WriteFile(file, []byte(script), 0o644); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command(program, "-n", file).CombinedOutput(); err != nil {
				t.Errorf("-n: %v\n%s", err, out)
			}
			for _, c := range []struct{ words, want string }{
				{"realnet re", "report reproduce"},
				{"realnet artifacts ver", "verify"},
				{"realnet studies show re", "released"},
				{"realnet studies show list", ""}, // a sibling of show
				{"realnet reproduce haxby --exec", "--executor"},
				{"realnet data inspect bold.nii --js", "--json"},
				{"realnet --store folder plan --d", "--data --dot"},
				{"realnet completion z", "zsh"},
			} {
				words := append([]string{"-c", asker.ask, file}, strings.Split(c.words, " ")...)
				cmd := exec.Command(program, append(slices.Clone(asker.before), words...)...)
				cmd.Dir = t.TempDir() // names of files here would be completed too
				out, err := cmd.CombinedOutput()
				got := strings.Fields(string(out))
				slices.Sort(got)
				if got := strings.Join(got, " "); err != nil || got != c.want {
					t.Errorf("%s: completes %q, want %q (%v)", c.words, got, c.want, err)
				}
			}
		})
	}
}
