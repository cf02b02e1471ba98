package identity

import (
	"go/scanner"
	"go/token"
	"io"
	"strings"
)

// goTokens writes the comment-free tokens of a Go file and returns its
// directives (//go:embed, //go:build, ...), which count as code.
func goTokens(w io.Writer, text []byte) (directives []string) {
	set := token.NewFileSet()
	var s scanner.Scanner
	s.Init(set.AddFile("", -1, len(text)), text, func(token.Position, string) {}, scanner.ScanComments)
	for {
		_, tok, lit := s.Scan()
		switch {
		case tok == token.EOF:
			return directives
		case tok == token.COMMENT:
			if strings.HasPrefix(lit, "//go:") && !strings.HasPrefix(lit, "//go:generate") {
				directives = append(directives, lit)
				write(w, lit)
			}
		case tok == token.SEMICOLON:
			write(w, ";") // written or implied by a new line: the same
		case lit != "":
			write(w, lit)
		default:
			write(w, tok.String())
		}
	}
}

// asmTokens writes an assembly file without comments and surplus white space.
func asmTokens(w io.Writer, text string) {
	for line := range strings.Lines(text) {
		code, comment, _ := strings.Cut(line, "//")
		if strings.HasPrefix(comment, "go:") && strings.TrimSpace(code) == "" {
			write(w, "//"+strings.TrimSpace(comment))
		}
		if words := strings.Fields(code); len(words) > 0 {
			write(w, strings.Join(words, " "))
		}
	}
}

// write puts one token with its length, so that no two texts collide.
func write(w io.Writer, tok string) {
	var n [4]byte
	for i := range n {
		n[i] = byte(len(tok) >> (8 * i))
	}
	_, _ = w.Write(n[:]) // a hash never fails
	_, _ = io.WriteString(w, tok)
}
