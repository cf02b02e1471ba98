// Package pickle reads Python pickles, protocols 0 to 5, as plain data.
//
// A pickle is a program: it may name any function of any module and have it
// called. Here a name means something only if the caller's [Allow] list gives it
// a meaning. No name is ever looked up elsewhere, and nothing is run that is not a
// Go function of the list. What a pickle makes of any other name becomes [Unread],
// with [ErrForbidden] as the reason, and what stands beside it is read: an array
// next to a pandas table in a dict. Out-of-band buffers and extension codes are
// refused.
//
// Python values become Go values:
//
//	None                nil
//	bool                bool
//	int                 int64, or *big.Int beyond it
//	float               float64
//	str                 string (raw bytes for the str of Python 2)
//	bytes, bytearray    Bytes, which stay in the file until they are read
//	list, set           *List
//	tuple               Tuple
//	dict, OrderedDict   *Dict, in insertion order
//	an allowed name     what the list says
//	anything else       *Unread
//
// Lists and dicts are shared where the pickle shares them and may contain
// themselves: who walks them must bound the depth.
//
// Memory is bounded by about a hundred bytes for each byte of the pickle. Why not
// github.com/nlpodyssey/gopickle: it holds every array in memory twice, its class
// look-up is open unless replaced, and a length in the file makes it allocate.
package pickle
