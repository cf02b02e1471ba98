// Package csvtable reads tables of text as pandas, Excel, R, MATLAB and numpy write
// them: fields separated by commas, semicolons, tabs or (numbers alone) spaces, quoted
// or not, with or without a header and a column of row names, in UTF-8 or UTF-16 with
// its mark.
//
// [Read] gives the cells of a table with a header. [ReadNumbers] gives a matrix and the
// names of its rows and columns where the text has them:
//
//	,face,house         header and index of pandas and R: columns face, house;
//	a,0.5,NA            rows a, b; NA is NaN
//	b,"1.25",2
//
// # How a table is understood
//
// The separator is the one that cuts every line into the same number of fields, and of
// several the one that leaves numbers. With semicolons, tabs or spaces a comma within a
// number is the decimal mark, if no number has a point. The first line is a header when
// a cell of it is no number, when its first cell is empty, when it is one cell shorter
// than the others (write.table of R), when it counts 0, 1, 2, ... or 1, 2, 3, ... over
// numbers that all have points (the columns of pandas), or when a word that names rows
// ([NamesRows]: image_id, condition, subject, index) stands before numbers that rise. The
// first column is names when its header is empty, "Unnamed: 0" or missing, when its cells are
// no numbers, or when they are whole numbers below a header that names rows. A first column
// 0, 1, 2, ... without a header, beside fractions, is an error: an index or a measurement. TRUE
// and FALSE are 1 and 0. Missing values (NA, NaN, n/a, null, #N/A, ... and, where there is a header or
// an index, empty cells) are NaN. Empty lines and lines that begin with # are passed
// over.
//
// Not done: thousands separators, dates, several tables in a file, numbers beside text
// in one matrix. Each is an error that names line and cell. The whole text is held in
// memory, about 40 bytes a cell.
package csvtable
