package artifacts

import (
	"errors"
	"fmt"
)

var (
	// ErrDamaged is returned (wrapped in a *DamageError) when an artifact on disk
	// is not what its manifest says: a file is missing, has another size or another
	// digest, or the manifest itself cannot be read.
	ErrDamaged = errors.New("damaged artifact")

	// ErrSchema is returned when files do not fit their schema, or when a reader
	// asks for a column, type or shape that a file does not have.
	ErrSchema = errors.New("schema mismatch")

	// ErrExists is returned when an artifact would be written where something is.
	ErrExists = errors.New("already exists")

	// ErrNotFound is returned when a store holds no artifact of a digest, or an
	// artifact has no file of a name.
	ErrNotFound = errors.New("not found")

	// ErrNoLocks is returned when the file system of a store has no file locks.
	ErrNoLocks = errors.New("this file system has no file locks")

	// ErrClosed is returned when a Writer is used after Commit or Abort.
	ErrClosed = errors.New("artifact already committed or aborted")
)

// DamageError says which file of which artifact is damaged, and how.
// errors.Is(err, ErrDamaged) holds for it.
type DamageError struct {
	Digest Digest // of the artifact, "" when its manifest does not tell
	Path   string // the damaged or missing file
	Reason string
	Err    error // the cause, may be nil
}

// Error names the file and what is wrong with it.
func (e *DamageError) Error() string {
	s := fmt.Sprintf("%v: %s: %s", ErrDamaged, e.Path, e.Reason)
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Is reports true for ErrDamaged.
func (e *DamageError) Is(target error) bool { return target == ErrDamaged }

// Unwrap returns the cause.
func (e *DamageError) Unwrap() error { return e.Err }

// guard turns a panic of a decoding library into an error that names the file.
func guard(path string, err *error) {
	if r := recover(); r != nil {
		*err = &DamageError{Path: path, Reason: fmt.Sprintf("cannot be decoded: %v", r)}
	}
}
