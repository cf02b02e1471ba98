package pickle

import (
	"fmt"
	"strconv"
	"strings"
)

// unquote reads the quoted string of protocol 0 (Python 2's repr).
func unquote(line string) (string, error) {
	if len(line) < 2 || line[0] != line[len(line)-1] || line[0] != '\'' && line[0] != '"' {
		return "", fmt.Errorf("%w: string without quotes", ErrCorrupt)
	}
	inside := line[1 : len(line)-1]
	if !strings.Contains(inside, `\`) {
		return inside, nil
	}
	// Python's escapes are Go's, but for those of the two quotes.
	escaped := strings.NewReplacer(`\\`, `\\`, `\'`, `'`, `\"`, `\"`, `"`, `\"`).Replace(inside)
	s, err := strconv.Unquote(`"` + escaped + `"`)
	if err != nil {
		return "", fmt.Errorf("%w: escape in %q", ErrUnsupported, line)
	}
	return s, nil
}

// rawUnicode reads Python's raw-unicode-escape: Latin-1, and \uXXXX or \UXXXXXXXX.
func rawUnicode(line string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(line); {
		width := 0
		if line[i] == '\\' && i+1 < len(line) {
			switch line[i+1] {
			case 'u':
				width = 4
			case 'U':
				width = 8
			}
		}
		if width == 0 {
			b.WriteRune(rune(line[i]))
			i++
			continue
		}
		if i+2+width > len(line) {
			return "", fmt.Errorf("%w: escape at the end of %q", ErrCorrupt, line)
		}
		code, err := strconv.ParseUint(line[i+2:i+2+width], 16, 31)
		if err != nil {
			return "", fmt.Errorf("%w: escape in %q", ErrCorrupt, line)
		}
		b.WriteRune(rune(code))
		i += 2 + width
	}
	return b.String(), nil
}
