// Package pretrain is the stage that trains a base network to classify, for
// studies that bring no checkpoint. It resumes after a kill, bit-identically. With
// no epochs it is the untrained network of the seed, of which no label is asked.
package pretrain
