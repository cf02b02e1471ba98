// Package fetch is the stage that brings a dataset's files into the store:
// from a folder that the user has, or from the dataset's public source.
//
// Every file is hashed while it is copied and compared with the catalogue where
// the catalogue knows its digest. Downloads resume after an interruption.
// It is the only stage that uses the network, and it changes no byte.
package fetch
