// Package glm maps the estimates of SPM's and FSL's general linear models to conditions:
// which file of a folder belongs to which condition.
package glm

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"

	"realnet/data/matfile"
)

// ErrNames is returned when a file does not name the estimates.
var ErrNames = errors.New("names no estimates")

// Regressor is a column of SPM's design.
type Regressor struct {
	Session   int    // from 1
	Condition string // "" for what is no condition: motion, constants
	Basis     int    // of the response, from 1: 2 and 3 are derivatives
}

var spmName = regexp.MustCompile(`^Sn\((\d+)\) (.+)\*bf\((\d+)\)$`)

// ParseRegressor reads a name of SPM, as in "Sn(1) faces*bf(1)", "Sn(1) R3" and
// "Sn(2) constant".
func ParseRegressor(name string) Regressor {
	m := spmName.FindStringSubmatch(name)
	if m == nil {
		return Regressor{}
	}
	session, err1 := strconv.Atoi(m[1])
	basis, err2 := strconv.Atoi(m[3])
	if err1 != nil || err2 != nil {
		return Regressor{}
	}
	return Regressor{session, m[2], basis}
}

// SPM reads the names of the columns of the design from an SPM.mat: beta_0001 is that of
// the first.
func SPM(path string) ([]string, error) {
	f, err := matfile.Read(path)
	if err != nil {
		return nil, err
	}
	names, err := spmNames(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return names, nil
}

func spmNames(f *matfile.File) ([]string, error) {
	spm, err := f.Var("SPM")
	if err != nil {
		return nil, err
	}
	design, err := spm.Field("xX", 0)
	if err != nil {
		return nil, fmt.Errorf("SPM.xX: %w", err)
	}
	list, err := design.Field("name", 0)
	if err != nil {
		return nil, fmt.Errorf("SPM.xX.name: %w", err)
	}
	names, err := list.Strings()
	if err != nil {
		return nil, fmt.Errorf("SPM.xX.name: %w", err)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("SPM.xX.name: %w", ErrNames)
	}
	return names, nil
}

// SPMDescription is the name in the description that SPM writes into a header, as in
// "spm_spm:beta (0001) - Sn(1) faces*bf(1)"; "" without one.
func SPMDescription(text string) string {
	if !strings.HasPrefix(text, "spm_spm:beta") {
		return ""
	}
	_, name, _ := strings.Cut(text, " - ")
	return strings.TrimSpace(name)
}

var contrastName = regexp.MustCompile(`^/ContrastName(\d+)\s+(.*\S)\s*$`)

// FSL reads the names of the contrasts from a design.con: cope1 is that of the first.
func FSL(path string) ([]string, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	names, err := fslNames(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return names, nil
}

func fslNames(raw []byte) ([]string, error) {
	var names []string
	lines := bufio.NewScanner(bytes.NewReader(raw))
	lines.Buffer(nil, len(raw)+1)
	for lines.Scan() {
		m := contrastName.FindStringSubmatch(lines.Text())
		if m == nil {
			continue
		}
		if n, err := strconv.Atoi(m[1]); err != nil || n != len(names)+1 {
			return nil, fmt.Errorf("%w: ContrastName%s after %d others", ErrNames, m[1], len(names))
		}
		names = append(names, strings.Trim(m[2], `"`))
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%w: no line /ContrastName1", ErrNames)
	}
	return names, nil
}
