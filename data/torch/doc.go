// Package torch reads the checkpoints that torch.save writes, and writes state
// dicts that torch.load and load_state_dict take.
//
// Read: the zip form (PyTorch 1.6 and later) and the legacy form (before);
// tensors of every real element type, float16 and bfloat16 included; views
// (transposed, sliced, expanded), nn.Parameter, numpy arrays and scalars, nested
// dicts and lists (epoch, flags, optimizer). Tensors are read when asked for: see
// realnet/data/array.
//
// A checkpoint is a pickle. It is read with an allow-list (realnet/data/pickle) of
// the names that tensors need; a checkpoint that pickles a whole module, or
// anything else that would need Python code, is refused with pickle.ErrForbidden.
//
// Not read: the tar form of 2016, TorchScript archives, quantised, sparse and
// complex tensors; each is an error that says so.
package torch
