// Package web holds what the project's HTML pages share: style, script, and tables that a
// reader can sort and save as CSV.
//
// Pages are self-contained: nothing here makes a browser ask for anything. They
// are complete without JavaScript, which only adds sorting, saving and the choice
// of light or dark.
package web
