package artifacts

import "io/fs"

// FileState is what a file looks like without reading it: its path, its
// size and its times. Any later write changes it.
type FileState = fileID

// StateOf returns the state of a file. Unless it is settled, the file was written
// so lately that a write in the same tick of the clock would leave the same state.
func StateOf(info fs.FileInfo) (state FileState, settled bool) { return identify(info, 0) }
