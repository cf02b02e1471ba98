#!/usr/bin/python3
"""Prints the figures of TestKriegeskorte92 (pipeline/command) with scipy: reliability of human IT
across sessions, and its agreement with monkey IT. Argument: the folder kriegeskorte2008."""
import sys

import numpy as np
from scipy.io import loadmat
from scipy.stats import spearmanr

humans = loadmat(sys.argv[1] + "/92_brainRDMs.mat")["RDMs"][0]
monkeys = loadmat(sys.argv[1] + "/Kriegeskorte_Neuron2008_supplementalData.mat")["RDMs_mIT_hIT_fig1"][0, 0]["RDM"].ravel()
upper = np.triu_indices(92, 1)
rho = lambda a, b: spearmanr(a, b)[0]
of = lambda subject, session: humans[subject, session]["RDM"].astype(float)[upper]
for s in range(4):
    print(humans[s, 0]["name"][0], "sessions", repr(rho(of(s, 0), of(s, 1))), "monkeys", repr(rho(of(s, 0), monkeys)))
print("mean with monkeys", repr(np.mean([[rho(of(s, k), monkeys) for k in range(2)] for s in range(4)])))
