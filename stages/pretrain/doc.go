// Package pretrain is the stage that trains a base network to classify, for
// studies without a checkpoint. It resumes after a kill, bit-identically. With
// no epochs it is the untrained network of the seed, which needs no labels.
package pretrain
