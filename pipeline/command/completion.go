package command

import (
	"fmt"
	"maps"
	"slices"
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
source <(realnet completion zsh)
realnet completion fish > ~/.config/fish/completions/realnet.fish`
}

// Run prints the script.
func (c *Completion) Run(a *App, k *kong.Kong) error {
	words := map[string][]string{}
	collectWords(k.Model.Node, "", words)
	for command, names := range map[string][]string{
		" reproduce": pipeline.BundledStudies(), " plan": pipeline.BundledStudies(), " studies show": pipeline.BundledStudies(),
		" stage": a.Registry.Names(), " completion": {"bash", "zsh", "fish"},
	} {
		words[command] = append(words[command], names...)
	}
	paths := slices.Sorted(maps.Keys(words))
	if c.Shell == "fish" {
		fmt.Fprintf(a.Stdout, fishStart, quoted(paths, " "))
		for _, p := range paths {
			fmt.Fprintf(a.Stdout, "    case '%s'\n      printf '%%s\\n' %s\n", p, strings.Join(words[p], " "))
		}
		fmt.Fprint(a.Stdout, fishEnd)
		return nil
	}
	fmt.Fprintf(a.Stdout, shStart, quoted(paths, "|"))
	for _, p := range paths {
		fmt.Fprintf(a.Stdout, "    '%s') echo '%s' ;;\n", p, strings.Join(words[p], " "))
	}
	fmt.Fprint(a.Stdout, "  esac\n}\n", map[string]string{"bash": bashEnd, "zsh": zshEnd}[c.Shell])
	return nil
}

func quoted(paths []string, separator string) string {
	return "'" + strings.Join(paths, "'"+separator+"'") + "'"
}

// Each script has a function that finds the command among the words before the
// cursor, which flags and their values may stand between, and prints what can
// follow it. The first two are the same in bash and zsh; names that zsh gives a
// meaning, such as path and words, are not theirs.
const (
	shStart = `_realnet_words() {
  local at='' w
  for w in "$@"; do case "$at $w" in %s) at="$at $w" ;; esac; done
  case "$at" in
`
	bashEnd = `_realnet() {
  local cur=${COMP_WORDS[COMP_CWORD]}
  COMPREPLY=($(compgen -W "$(_realnet_words "${COMP_WORDS[@]:1:COMP_CWORD-1}")" -- "$cur"))
  case $cur in -*) ;; *) COMPREPLY+=($(compgen -f -- "$cur")) ;; esac
}
complete -F _realnet realnet
`
	zshEnd = `_realnet() {
  compadd -- ${=$(_realnet_words ${words[2,CURRENT-1]})}
  [[ $PREFIX == -* ]] || _files
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
compdef _realnet realnet
`
	fishStart = `function __realnet_words
  set -l at ''
  for w in (commandline -opc)[2..-1]
    switch "$at $w"
    case %s
      set at "$at $w"
    end
  end
  switch "$at"
`
	fishEnd = `  end
end
complete -c realnet -a '(__realnet_words)'
`
)

// collectWords lists subcommands and flags by command path, such as " data fetch".
func collectWords(n *kong.Node, path string, words map[string][]string) {
	list := []string{}
	for _, child := range n.Children {
		if child.Hidden {
			continue
		}
		list = append(list, child.Name)
		collectWords(child, path+" "+child.Name, words)
	}
	for _, group := range n.AllFlags(true) {
		for _, f := range group {
			list = append(list, "--"+f.Name)
		}
	}
	words[path] = list
}
