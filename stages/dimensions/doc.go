// Package dimensions is the stage that asks which object dimensions a network
// reflects: every layer's RDM against the RDM of every dimension (|x_i - x_j|),
// plain, partial and semi-partial, and against a base network the difference
// with its interval and test.
//
// Objects are joined by name. The mathematics is in package
// analysis/dimensions; p values are not corrected here (stats does it).
package dimensions
