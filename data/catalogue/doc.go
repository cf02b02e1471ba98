// Package catalogue knows the public datasets of the study: what they are, how
// large, under which licence, where their files come from, and how to bring them
// here.
//
// [All] lists them, [Find] finds one. A dataset that has to be asked for, or that
// its host hands out through a web page alone, says so in [Dataset.Request]; its
// files have no URL and [Fetch] returns [ErrRequest] for them.
//
// [Fetch] downloads files side by side. Each is under NAME.part until it is
// whole and right, and is then renamed: no file ever has its final name before its
// size and digest are checked. A download that breaks off, stalls or ends early
// resumes where it stopped with Range and If-Range, so that a file which changed on
// the server starts anew; a server that ignores Range is read from the start.
// Where no digest is known the SHA-256 of the first download is recorded in
// [RecordName] beside the files, and [Verify] compares with it from then on.
//
// Memory is a 256 KiB buffer a download. Time is that of the network, and of one
// pass of SHA-256 over what an earlier attempt had already brought.
//
// Not done: archives are not unpacked, web pages are not scraped, and nothing is
// sent but plain GET requests.
package catalogue
