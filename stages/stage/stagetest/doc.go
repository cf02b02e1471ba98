// Package stagetest runs stages in tests, with one worker and with several. It plans and
// stores nothing: that is package pipeline.
package stagetest
