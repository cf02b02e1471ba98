package step

import (
	"errors"
	"strings"
)

// errQuote is returned for a quote without its partner.
var errQuote = errors.New("a quote is not closed")

// commandWords splits a command as a shell would: spaces separate, 'single quotes' keep all
// as it is, "double quotes" keep spaces, and a backslash (not in single quotes) keeps
// the next character.
func commandWords(text string) ([]string, error) {
	var words []string
	var word strings.Builder
	quote, escaped, inWord := rune(0), false, false
	for _, r := range text {
		switch {
		case escaped:
			word.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			escaped, inWord = true, true
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, inWord = r, true
		case r == ' ' || r == '\t' || r == '\n':
			if inWord {
				words = append(words, word.String())
			}
			word.Reset()
			inWord = false
		default:
			word.WriteRune(r)
			inWord = true
		}
	}
	if quote != 0 || escaped {
		return nil, errQuote
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}
