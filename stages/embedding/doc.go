// Package embedding is the stage that reads descriptions of objects: the dimensions of a
// table, or the 49 dimensions of the THINGS similarity embedding (SPoSE; Hebart et al.
// 2020). Given images of the objects, it writes a row per image under the image's name,
// by which RDMs are joined.
package embedding
