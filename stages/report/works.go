package report

// datasets cites datasets by how their names begin.
var datasets = map[string]string{
	"shen": "Shen et al. 2019", "horikawa": "Horikawa & Kamitani 2017", "things-eeg2": "Gifford et al. 2022", "tvsd": "Papale et al. 2025", "things_eeg2": "Gifford et al. 2022",
	"haxby": "Haxby et al. 2001", "kriegeskorte": "Kriegeskorte, Mur, Ruff et al. 2008", "spose": "Hebart et al. 2020", "things-dimensions": "Hebart et al. 2020",
}

// works are the works that the text may cite.
var works = map[string]string{
	"Lu & Wang 2025":                      "Lu Z, Wang Y (2025). Teaching CORnet human fMRI representations for enhanced model-brain alignment. Cognitive Neurodynamics 19:61. doi:10.1007/s11571-025-10252-y; arXiv:2407.10414.",
	"Kubilius et al. 2019":                "Kubilius J, Schrimpf M, et al. (2019). Brain-like object recognition with high-performing shallow recurrent ANNs. NeurIPS 32.",
	"Kriegeskorte et al. 2008":            "Kriegeskorte N, Mur M, Bandettini P (2008). Representational similarity analysis: connecting the branches of systems neuroscience. Frontiers in Systems Neuroscience 2:4. doi:10.3389/neuro.06.004.2008.",
	"Kriegeskorte, Mur, Ruff et al. 2008": "Kriegeskorte N, Mur M, Ruff DA, Kiani R, Bodurka J, Esteky H, Tanaka K, Bandettini PA (2008). Matching categorical object representations in inferior temporal cortex of man and monkey. Neuron 60:1126-1141. doi:10.1016/j.neuron.2008.10.043.",
	"Nili et al. 2014":                    "Nili H, Wingfield C, Walther A, Su L, Marslen-Wilson W, Kriegeskorte N (2014). A toolbox for representational similarity analysis. PLoS Computational Biology 10:e1003553. doi:10.1371/journal.pcbi.1003553.",
	"Shen et al. 2019":                    "Shen G, Horikawa T, Majima K, Kamitani Y (2019). Deep image reconstruction from human brain activity. PLoS Computational Biology 15:e1006633. doi:10.1371/journal.pcbi.1006633.",
	"Horikawa & Kamitani 2017":            "Horikawa T, Kamitani Y (2017). Generic decoding of seen and imagined objects using hierarchical visual features. Nature Communications 8:15037. doi:10.1038/ncomms15037.",
	"Gifford et al. 2022":                 "Gifford AT, Dwivedi K, Roig G, Cichy RM (2022). A large and rich EEG dataset for modeling human visual object recognition. NeuroImage 264:119754. doi:10.1016/j.neuroimage.2022.119754.",
	"Hebart et al. 2020":                  "Hebart MN, Zheng CY, Pereira F, Baker CI (2020). Revealing the multidimensional mental representations of natural objects underlying human similarity judgements. Nature Human Behaviour 4:1173-1185. doi:10.1038/s41562-020-00951-3.",
	"Haxby et al. 2001":                   "Haxby JV, Gobbini MI, Furey ML, Ishai A, Schouten JL, Pietrini P (2001). Distributed and overlapping representations of faces and objects in ventral temporal cortex. Science 293:2425-2430. doi:10.1126/science.1063736.",
	"Papale et al. 2025":                  "Papale P, Wang F, Self MW, Roelfsema PR (2025). An extensive dataset of spiking activity to reveal the syntax of the ventral stream. Neuron.",
	"Holm 1979":                           "Holm S (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6:65-70.",
	"Maurer et al. 1995":                  "Maurer W, Hothorn LA, Lehmacher W (1995). Multiple comparisons in drug clinical trials and preclinical assays: a-priori ordered hypotheses. In: Vollmar J (ed), Biometrie in der chemisch-pharmazeutischen Industrie 6. Fischer, Stuttgart, 3-18.",
	"Benjamini & Hochberg 1995":           "Benjamini Y, Hochberg Y (1995). Controlling the false discovery rate. Journal of the Royal Statistical Society B 57:289-300.",
	"Maris & Oostenveld 2007":             "Maris E, Oostenveld R (2007). Nonparametric statistical testing of EEG- and MEG-data. Journal of Neuroscience Methods 164:177-190. doi:10.1016/j.jneumeth.2007.03.024.",
	"Newcombe 1998b":                      "Newcombe RG (1998b). Improved confidence intervals for the difference between binomial proportions based on paired data. Statistics in Medicine 17:2635-2650.",
	"Bonett & Price 2012":                 "Bonett DG, Price RM (2012). Adjusted Wald confidence interval for a difference of binomial proportions based on paired data. Journal of Educational and Behavioral Statistics 37:479-488.",
	"McNemar 1947":                        "McNemar Q (1947). Note on the sampling error of the difference between correlated proportions or percentages. Psychometrika 12:153-157.",
	"Newcombe 1998a":                      "Newcombe RG (1998a). Interval estimation for the difference between independent proportions: comparison of eleven methods. Statistics in Medicine 17:873-890.",
	"Nadeau & Bengio 2003":                "Nadeau C, Bengio Y (2003). Inference for the generalization error. Machine Learning 52:239-281. doi:10.1023/A:1024068626366.",
	"Dupré la Tour et al. 2022":           "Dupré la Tour T, Eickenberg M, Nunez-Elizalde AO, Gallant JL (2022). Feature-space selection with banded ridge regression. NeuroImage 264:119728. doi:10.1016/j.neuroimage.2022.119728.",
	"Kornblith et al. 2019":               "Kornblith S, Norouzi M, Lee H, Hinton G (2019). Similarity of neural network representations revisited. ICML. arXiv:1905.00414.",
	"Wilson 1927":                         "Wilson EB (1927). Probable inference, the law of succession, and statistical inference. Journal of the American Statistical Association 22:209-212.",
}
