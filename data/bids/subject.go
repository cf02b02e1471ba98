package bids

import (
	"regexp"
	"strings"
)

// SubjectOf finds the label of the subject that a file belongs to by its path relative
// to a dataset, slash-separated, as BIDS (sub-01/..., sub-01_bold.nii.gz) and OpenfMRI
// (sub001/...) name it. It is "" for a file of no subject.
func SubjectOf(file string) string {
	for part := range strings.SplitSeq(file, "/") {
		if m := subjectPart.FindStringSubmatch(part); m != nil {
			return m[1] + m[2]
		}
	}
	return ""
}

var subjectPart = regexp.MustCompile(`^(?:sub-([A-Za-z0-9]+)|sub([0-9]+))(?:[_.].*)?$`)
