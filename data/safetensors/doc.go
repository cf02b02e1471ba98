// Package safetensors reads and writes the safetensors format: the length of a
// JSON header (uint64, little-endian), the header, and the bytes of the tensors.
// It holds no code, so it is the safe form for sharing weights.
//
// What is written is deterministic: tensors sorted by name, header padded with
// spaces to a multiple of 8, no gaps. Read: F64, F32, F16, BF16, I64 to I8, U64 to
// U8, BOOL; a file with gaps, overlaps or bytes left over is ErrFormat, as the
// reference implementation has it. The 8-bit floats are not read.
package safetensors
