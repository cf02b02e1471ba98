package command

import (
	"fmt"
	"sort"
	"strings"

	"github.com/alecthomas/kong"

	"realnet/pipeline"
)

// Completion prints a completion script.
type Completion struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Examples of the command.
func (*Completion) Examples() string {
	return `source <(realnet completion bash)
realnet completion fish > ~/.config/fish/completions/realnet.fish`
}

// Run prints the script.
func (c *Completion) Run(a *App, k *kong.Kong) error {
	words := map[string][]string{}
	collectWords(k.Model.Node, "", words)
	for command, names := range map[string][]string{
		"reproduce": pipeline.BundledStudies(), "plan": pipeline.BundledStudies(), "studies show": pipeline.BundledStudies(),
		"stage": a.Registry.Names(), "completion": {"bash", "zsh", "fish"},
	} {
		words[command] = append(words[command], names...)
	}
	paths := make([]string, 0, len(words))
	for p := range words {
		paths = append(paths, p)
	}
	sort.Strings(paths)
	if c.Shell == "fish" {
		for _, p := range paths {
			condition := "__fish_use_subcommand"
			if p != "" {
				condition = fmt.Sprintf("__fish_seen_subcommand_from %s", lastWord(p))
			}
			for _, w := range words[p] {
				if flag, ok := strings.CutPrefix(w, "--"); ok {
					fmt.Fprintf(a.Stdout, "complete -c realnet -n %q -l %s\n", condition, flag)
				} else {
					fmt.Fprintf(a.Stdout, "complete -c realnet -n %q -a %s\n", condition, w)
				}
			}
		}
		return nil
	}
	if c.Shell == "zsh" {
		fmt.Fprintln(a.Stdout, "autoload -U +X bashcompinit && bashcompinit")
	}
	fmt.Fprint(a.Stdout, "_realnet() {\n  local cur=${COMP_WORDS[COMP_CWORD]} path= w\n"+
		"  for w in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do case $w in -*) ;; *) path=\"$path $w\";; esac; done\n"+
		"  case \"${path# }\" in\n")
	for i := len(paths) - 1; i >= 0; i-- { // longest first
		pattern := fmt.Sprintf("%q*", paths[i])
		fmt.Fprintf(a.Stdout, "    %s) w=%q ;;\n", pattern, strings.Join(words[paths[i]], " "))
	}
	fmt.Fprint(a.Stdout, "  esac\n  COMPREPLY=($(compgen -W \"$w\" -- \"$cur\"))\n"+
		"  case $cur in -*) ;; *) COMPREPLY+=($(compgen -f -- \"$cur\")) ;; esac\n}\n"+
		"complete -F _realnet realnet\n")
	return nil
}

// collectWords lists subcommands and flags by command path.
func collectWords(n *kong.Node, path string, words map[string][]string) {
	list := []string{}
	for _, child := range n.Children {
		if child.Hidden {
			continue
		}
		list = append(list, child.Name)
		collectWords(child, strings.TrimSpace(path+" "+child.Name), words)
	}
	for _, group := range n.AllFlags(true) {
		for _, f := range group {
			list = append(list, "--"+f.Name)
		}
	}
	words[path] = list
}

func lastWord(path string) string {
	return path[strings.LastIndexByte(path, ' ')+1:]
}
