// Package tvsd reads the dataset of spiking activity of two macaques that viewed images
// of THINGS (Papale et al. 2025, "TVSD"): multi-unit activity at 1024 electrodes, and the
// images that were shown. Both files are MATLAB 7.3, which is HDF5.
//
// # Responses
//
// THINGS_normMUA.mat, in the order of HDF5 (MATLAB's is the reverse), one number an image
// and electrode:
//
//	train_MUA      images x electrodes, each image shown once
//	test_MUA       images x electrodes, the mean over repetitions
//	test_MUA_reps  repetitions x images x electrodes; may be absent
//
// # Images
//
// things_imgs.mat: the structs train_imgs and test_imgs with things_path
// (aardvark/aardvark_01b.jpg) and class, each a list of references to texts, in the order
// of the rows of train_MUA and test_MUA. [Image.Name] is the file's name without folder
// and extension, by which THINGS images are known in other datasets too.
//
// # Electrodes
//
// The electrodes of a region are numbered from 1 and differ between the monkeys
// ([Electrodes]): IT comes before V4 in monkey F and after it in monkey N. No file says
// so, and a swap would give plausible numbers.
//
// Cost: reading takes the memory of the values asked for; a list of 22,248 images takes a
// few tens of MB for a moment.
package tvsd
