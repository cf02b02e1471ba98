package catalogue

import (
	"fmt"
	"sync"
)

// All returns every dataset, brains first.
func All() []Dataset { return all() }

var all = sync.OnceValue(func() []Dataset {
	return []Dataset{
		haxby2001(), kriegeskorte2008(), algonauts2019(),
		shen2019(), shen2019FMRIPrep(), ds001506(),
		horikawa2017(), ds001246(),
		thingsEEG2(), thingsEEG2Images(), things49(), tvsdDataset(),
		shen2019Stimuli(), ilsvrcVal(),
		cornetS(), realnetFMRI(),
	}
})

// unknown is the licence of a dataset that states none.
const unknown = "not stated"

func haxby2001() Dataset {
	const commit = "20f0335f98bbb59a0e11bc0b7a469edf8681a9a1"
	return Dataset{
		Name: "haxby2001", Title: "Haxby et al. 2001, subject 1: one slice and 25 mm BOLD, 12 runs, 8 categories",
		Licence: "CC BY-SA 3.0", Homepage: "http://www.pymvpa.org/datadb/haxby2001.html",
		Citation: "Haxby et al. 2001, Science 293:2425-2430, doi 10.1126/science.1063736; distributed with PyMVPA",
		Files:    inventory("haxby2001.tsv", "https://raw.githubusercontent.com/PyMVPA/PyMVPA/"+commit+"/mvpa2/data/haxby2001/"),
	}
}

func kriegeskorte2008() Dataset {
	const base = "https://raw.githubusercontent.com/rsagroup/rsatoolbox/f1f83cadb7243492a1aae7460466e0f0140b20ac/demos/92imageData/"
	return Dataset{
		Name: "kriegeskorte2008", Title: "92 object images, RDMs of human IT (4 subjects x 2 sessions) and monkey IT",
		Licence: "published supplementary data; distributed with rsatoolbox (MIT)", Homepage: "https://github.com/rsagroup/rsatoolbox",
		Citation: "Kriegeskorte et al. 2008, Neuron 60:1126-1141, doi 10.1016/j.neuron.2008.10.043",
		Files: []File{
			{
				Path: "Kriegeskorte_Neuron2008_supplementalData.mat", URL: base + "Kriegeskorte_Neuron2008_supplementalData.mat", Size: 3603779,
				SHA256: "06f21214399a5d43dc264eed19a7f4b8daf11c8622a59eec3e106064ce5e3504",
			},
			{
				Path: "92_brainRDMs.mat", URL: base + "92_brainRDMs.mat", Size: 224663,
				SHA256: "1743f90a15e895798a94318649e80e1123a7e5943a1703fa1dd7c31ea5780b7c",
			},
		},
	}
}

func algonauts2019() Dataset {
	const base = "https://raw.githubusercontent.com/cvai-roig-lab/Net2Brain/05ac462951ef792ff2ba70c4b97d5409a8e44289/input_data/brain_data/92images/"
	return Dataset{
		Name: "algonauts2019-92", Title: "fMRI RDMs of 15 people, early visual cortex and IT, over the 92 images of kriegeskorte2008",
		Licence: "terms of the data " + unknown + "; distributed with Net2Brain (BSD-3-Clause)", Homepage: "https://github.com/cvai-roig-lab/Net2Brain",
		Citation: "Cichy, Pantazis & Oliva 2014, Nat Neurosci 17:455-462, doi 10.1038/nn.3635; Cichy et al. 2019, The Algonauts Project, arXiv 1905.05675",
		Files: []File{
			{
				Path: "92images_fmri_EVC_RDMs.npz", URL: base + "92images_fmri_EVC_RDMs.npz", Size: 1015948,
				SHA256: "c73de20f9cb2229f1796085e79c153f63a4287b8bf7faaf7531571b1898d3f8b",
			},
			{
				Path: "92images_fmri_IT_RDMs.npz", URL: base + "92images_fmri_IT_RDMs.npz", Size: 1015948,
				SHA256: "ecf104457ae841d2a2bf503fb0dc16c6387e32d0cd74fb5217ca4ef859a805dd",
			},
		},
	}
}

const (
	shenCitation     = "Shen et al. 2019, PLOS Comput Biol 15:e1006633, doi 10.1371/journal.pcbi.1006633"
	horikawaCitation = "Horikawa & Kamitani 2017, Nat Commun 8:15037, doi 10.1038/ncomms15037"
	figshareShen     = "https://figshare.com/articles/dataset/Deep_Image_Reconstruction/7033577"
)

func figshare(id int) string { return fmt.Sprintf("https://figshare.com/ndownloader/files/%d", id) }

func openNeuro(name string) string { return "https://s3.amazonaws.com/openneuro.org/" + name + "/" }

func shen2019() Dataset {
	d := Dataset{
		Name: "shen2019", Title: "Shen et al. 2019, natural images as BData: 3 subjects, 6000 + 1200 samples, visual cortex (the authors' preprocessing)",
		Licence: unknown + " on the pages read (figshare)", Homepage: figshareShen, Citation: shenCitation,
		About: 2_000_000_000, // 3 x 7200 samples x 11,000 columns of float64
	}
	for i, ids := range [][2]int{{14830643, 14830631}, {14830712, 14830697}, {14830862, 14830856}} {
		for j, set := range []string{"Training", "Test"} {
			d.Files = append(d.Files, File{Path: fmt.Sprintf("sub-%02d_perceptionNaturalImage%s_original_VC.h5", i+1, set), URL: figshare(ids[j])})
		}
	}
	d.Files = append(d.Files,
		File{Path: "stimulus_NaturalImageTraining.tsv", URL: figshare(14876741)},
		File{Path: "stimulus_NaturalImageTest.tsv", URL: figshare(14876738)})
	return d
}

func shen2019FMRIPrep() Dataset {
	d := Dataset{
		Name: "shen2019-fmriprep", Title: "Shen et al. 2019, natural images as BData: 3 subjects, preprocessed with fMRIPrep",
		Licence: unknown + " on the pages read (figshare)", Homepage: figshareShen, Citation: shenCitation,
		About: 2_000_000_000, // as the original
	}
	for i, files := range [][2]File{
		{{URL: figshare(37838826), MD5: "f0aba2065e03a518681ceec65674026b"}, {URL: figshare(37838595), MD5: "7ab3fd8900a766a79e3f266ff223302a"}},
		{{URL: figshare(37848333), MD5: "8a66fcc107cbef220eb7f94b0737e0cb"}, {URL: figshare(37848300), MD5: "3524e5cae596160115b48ce0b9c25be7"}},
		{{URL: figshare(37850397), MD5: "889a3afe44c33182d1ec02d0debe2371"}, {URL: figshare(37849986), MD5: "b7ee993435fc9b27ca507d988bdc98e9"}},
	} {
		for j, set := range []string{"Training", "Test"} {
			f := files[j]
			f.Path = fmt.Sprintf("sub-%02d_ImageNet%s_fmriprep_volume_native.h5", i+1, set)
			d.Files = append(d.Files, f)
		}
	}
	return d
}

func ds001506() Dataset {
	return Dataset{
		Name: "ds001506", Title: "Shen et al. 2019 as raw BIDS, version 1.3.1: 3 subjects, 120 training and 24 test runs each, ROI masks",
		Licence: "CC0", Homepage: "https://openneuro.org/datasets/ds001506", Citation: shenCitation + "; doi 10.18112/openneuro.ds001506.v1.3.1",
		Files: inventory("ds001506.tsv.gz", openNeuro("ds001506")),
	}
}

func horikawa2017() Dataset {
	d := Dataset{
		Name: "horikawa2017", Title: "Horikawa & Kamitani 2017 as BData: 5 subjects, 1200 training and 50 test images (those of Shen et al.), imagery",
		Licence: unknown + " on the pages read (figshare)", Homepage: "https://figshare.com/articles/dataset/Generic_Object_Decoding/7387130",
		Citation: horikawaCitation,
		About:    620_000_000, // 5 x 3450 samples x 4,500 columns of float64
	}
	// The fifth version of the article: in older ones image_index and category_index of
	// some images are wrong (KamitaniLab/GenericObjectDecoding issue 17).
	for i, id := range []int{24080120, 24080123, 24080126, 24080129, 24080132} {
		d.Files = append(d.Files, File{Path: fmt.Sprintf("Subject%d.h5", i+1), URL: figshare(id)})
	}
	return d
}

func ds001246() Dataset {
	return Dataset{
		Name: "ds001246", Title: "Horikawa & Kamitani 2017 as raw BIDS, version 1.2.1: 5 subjects, 24 training and 35 test runs each, SPM-preprocessed runs, ROI masks",
		Licence: "CC0", Homepage: "https://openneuro.org/datasets/ds001246", Citation: horikawaCitation + "; doi 10.18112/openneuro.ds001246.v1.2.1",
		Files: inventory("ds001246.tsv.gz", openNeuro("ds001246")),
	}
}

func thingsEEG2() Dataset {
	d := Dataset{
		Name: "things-eeg2", Title: "THINGS EEG2: 10 subjects, 200 test images x 80 and 16540 training images x 4 repetitions, 17 channels, 100 Hz, preprocessed",
		Licence: "CC BY 4.0 as listed by NEMAR (nm000232)", Homepage: "https://osf.io/3jk45/",
		Citation: "Gifford et al. 2022, NeuroImage 264:119754, doi 10.1016/j.neuroimage.2022.119754", About: 11_200_000_000,
		Request: "the host offers one archive a subject and no lasting link to each: download sub-01.zip to sub-10.zip at https://osf.io/anp5v/ and unpack them",
	}
	for i := range 10 {
		for _, set := range []string{"test", "training"} {
			d.Files = append(d.Files, File{Path: fmt.Sprintf("sub-%02d/preprocessed_eeg_%s.npy", i+1, set)})
		}
	}
	d.Files = append(d.Files, File{Path: "image_metadata.npy", URL: "https://osf.io/download/qkgtf/"})
	return d
}

func thingsEEG2Images() Dataset {
	return Dataset{
		Name: "things-eeg2-images", Title: "the 200 test images of THINGS EEG2, one of each of 200 objects",
		Licence: unknown + " on the pages read (OSF); images of the THINGS database", Homepage: "https://osf.io/y63gw/",
		Citation: "Gifford et al. 2022, NeuroImage 264:119754, doi 10.1016/j.neuroimage.2022.119754; images: Hebart et al. 2019, PLOS ONE 14:e0223792",
		Request:  "the host offers an archive: download test_images.zip at https://osf.io/download/znu7b/ and unpack it, a folder per object (test_images/00001_aircraft_carrier/aircraft_carrier_06s.jpg)",
		Files:    []File{{Path: "test_images/*/*"}},
	}
}

func things49() Dataset {
	return Dataset{
		Name: "things49", Title: "49 dimensions of 1854 THINGS object concepts (SPoSE)",
		Licence: unknown + " on the pages read (OSF)", Homepage: "https://osf.io/z2784/",
		Citation: "Hebart et al. 2020, Nat Hum Behav 4:1173-1185, doi 10.1038/s41562-020-00951-3; 49 dimensions: Hebart et al. 2023, eLife 12:e82580",
		About:    2_000_000,
		Files: []File{
			{Path: "spose_embedding_49d_sorted.txt", URL: "https://osf.io/download/4pgk8/"},
			{Path: "unique_id.txt", URL: "https://osf.io/download/2y463/"},
		},
	}
}

func tvsdDataset() Dataset {
	d := Dataset{
		Name: "tvsd", Title: "THINGS ventral stream spiking dataset: V1, V4 and IT of 2 macaques, 1024 electrodes each, 22248 training and 100 test images",
		Licence: unknown + " on the pages read (GIN: see its LICENSE); images of the THINGS database", Homepage: "https://gin.g-node.org/paolo_papale/TVSD",
		Citation: "Papale, Wang, Self & Roelfsema 2025, Neuron, An extensive dataset of spiking activity to reveal the syntax of the ventral stream",
		About:    1_000_000_000, // 2 x (22248 + 30 x 100 + 100) x 1024 numbers of 8 bytes, compressed; without the images
		Request: "the host of the recordings is slow, and has no images: download the THINGS images at https://things-initiative.org and unpack them, " +
			"a folder an object (object_images/aardvark/aardvark_01b.jpg). The recordings and the lists of images are downloaded",
	}
	for _, monkey := range []string{"monkeyF", "monkeyN"} {
		for _, name := range []string{"THINGS_normMUA.mat", "_logs/things_imgs.mat"} {
			d.Files = append(d.Files, File{Path: monkey + "/" + name, URL: "https://gin.g-node.org/paolo_papale/TVSD/raw/master/" + monkey + "/" + name})
		}
	}
	d.Files = append(d.Files, File{Path: "object_images/*/*"})
	return d
}

func cornetS() Dataset {
	return Dataset{
		Name: "cornet-s", Title: "CORnet-S trained on ImageNet",
		Licence: "GPL-3.0", Homepage: "https://github.com/dicarlolab/CORnet", About: 427_000_000,
		Citation: "Kubilius et al. 2019, NeurIPS 32, arXiv 1909.06161",
		// The eight digits in the name are the first of the SHA-256 (torch.utils.model_zoo).
		Files: []File{{Path: "cornet_s-1d3f7974.pth", URL: "https://s3.amazonaws.com/cornet-models/cornet_s-1d3f7974.pth", SHA256: "1d3f7974"}},
	}
}

func realnetFMRI() Dataset {
	d := Dataset{
		Name: "realnet-fmri", Title: "ReAlnet-fMRI: the weights that the authors released, 3 subjects",
		Licence: "GPL-3.0", Homepage: "https://github.com/ZitongLu1996/ReAlnet", About: 1_900_000_000,
		Citation: "Lu & Wang 2025, Cogn Neurodyn 19:61, doi 10.1007/s11571-025-10252-y, arXiv 2407.10414",
		Request:  "the host has no direct links: download the folder ReAlnet-fMRI at https://drive.google.com/drive/folders/1KEsN83nPwUanBgO6a37CUkuK9EBSWpCw",
	}
	for i := range 3 {
		for _, name := range []string{"realnet.pt", "encoder.pt"} {
			d.Files = append(d.Files, File{Path: fmt.Sprintf("sub-%02d/%s", i+1, name)})
		}
	}
	return d
}

func shen2019Stimuli() Dataset {
	const base = "https://raw.githubusercontent.com/KamitaniLab/GenericObjectDecoding/b0cecdc962e392d2d7c7eabee7eee6c95db516c4/data/"
	return Dataset{
		Name: "shen2019-stimuli", Title: "the 1200 training and 50 test images of Shen et al. 2019 and Horikawa & Kamitani 2017, and their names",
		Licence: "images: ImageNet terms, not to be passed on; lists of names: MIT", Homepage: "https://github.com/KamitaniLab/GenericObjectDecoding",
		Citation: horikawaCitation, About: 170_000_000, // 1250 images of the mean size of ILSVRC's validation images
		Request: "the images are sent to who asks with the form https://forms.gle/ujvA34948Xg49jdn9; " +
			"put the training images into training/ and the test images into test/, with their names (n01443537_22563.JPEG). The lists of names are downloaded",
		Files: []File{
			{
				Path: "stimulus_ImageNetTraining.tsv", URL: base + "stimulus_ImageNetTraining.tsv", Size: 45390,
				SHA256: "e8b0073f7cd70261885d684728a3613fc1434949e7d8d0fa7bddcc097d5ac284",
			},
			{
				Path: "stimulus_ImageNetTest.tsv", URL: base + "stimulus_ImageNetTest.tsv", Size: 1817,
				SHA256: "b57a176d18249ccb98488f1c3f9814f7f14d2432f6686acc3beb49ea6a7877a8",
			},
			{
				Path: "stimulus_info_ImageNetTest.csv", URL: base + "stimulus_info_ImageNetTest.csv", Size: 1437,
				SHA256: "72d63ae100493631415ec9f983242d041941d8301ef14933c1929f4a72d16346",
			},
			{Path: "training/*"},
			{Path: "test/*"},
		},
	}
}

func ilsvrcVal() Dataset {
	return Dataset{
		Name: "ilsvrc-val", Title: "ImageNet (ILSVRC 2012) validation: 50,000 images of 1000 classes, for top-1 and top-5 accuracy",
		Licence: "ImageNet terms of access: non-commercial research", Homepage: "https://image-net.org/challenges/LSVRC/2012/",
		Citation: "Russakovsky et al. 2015, Int J Comput Vis 115:211-252, doi 10.1007/s11263-015-0816-y", About: 6_744_924_160,
		Request: "needs an account at https://image-net.org/download; download ILSVRC2012_img_val.tar and unpack it into one folder per class (n01440764/ILSVRC2012_val_00000293.JPEG)",
		Files:   []File{{Path: "n*/*.JPEG"}},
	}
}
