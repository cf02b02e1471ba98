package artifacts

// ReplaceFile writes text under a temporary name beside path, flushes it and
// renames it to path: a reader sees the old file or the new one, whole.
func ReplaceFile(path string, text []byte) error { return replaceFile(path, text, true) }
