// Package network is what the stages of the network share: reading and writing
// weights artifacts, images in the form that the network takes, and training
// that resumes. It is not a stage.
package network
