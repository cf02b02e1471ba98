package hdf5

// expandLZF fills dst from what LibLZF (h5py's filter 32000) made of it. One byte says
// how many literal bytes follow (below 32), or how far back and how long a copy is.
func expandLZF(dst, src []byte) error {
	at := 0
	for i := 0; i < len(src); {
		control := int(src[i])
		i++
		if control < 32 {
			n := control + 1
			if i+n > len(src) || at+n > len(dst) {
				return formatErr("lzf: %d literal bytes at %d, %d left for %d", n, i, len(src)-i, len(dst)-at)
			}
			at += copy(dst[at:], src[i:i+n])
			i += n
			continue
		}
		n := control >> 5
		if n == 7 && i < len(src) {
			n += int(src[i])
			i++
		}
		if i >= len(src) {
			return formatErr("lzf: ends in a copy")
		}
		from := at - (control&31<<8 | int(src[i])) - 1
		i++
		if n += 2; from < 0 || at+n > len(dst) {
			return formatErr("lzf: copy of %d bytes from %d to %d of %d", n, from, at, len(dst))
		}
		for range n { // source and target may overlap
			dst[at] = dst[from]
			at++
			from++
		}
	}
	if at != len(dst) {
		return formatErr("lzf: %d bytes instead of %d", at, len(dst))
	}
	return nil
}
