package fmri

// LayoutNames are the layouts that there are, for the conformance suite.
var LayoutNames = layoutNames
