package fmri

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"realnet/data/bids"
	"realnet/data/nifti"
)

// Derivatives says how to read the derivatives of fMRIPrep. Which image of a run is meant,
// Params.Entities says; regions are those of masks, of an atlas, or the brain.
type Derivatives struct {
	Derivatives string   `json:"derivatives" doc:"folder of the derivatives in the dataset; empty: the dataset itself, derivatives/fmriprep, derivatives or fmriprep, the first that is there"`
	Raw         string   `json:"raw" doc:"folder in the dataset of the raw BIDS dataset, for the events; empty: the dataset itself or raw"`
	Confounds   []string `json:"confounds" doc:"columns of desc-confounds to regress out: names, patterns or presets (motion6, motion24, csf, wm, acompcorN, cosine)"`
	ScrubFD     float64  `json:"scrub_fd" doc:"volumes whose framewise displacement is above this many mm take part in nothing; 0: all do"`
	Surface     string   `json:"surface" doc:"empty: images of voxels; gifti: .func.gii of both hemispheres (of one with entities.hemi); cifti: .dtseries.nii"`
	BrainMask   bool     `json:"brain_mask" doc:"leave voxels out that are outside the desc-brain mask of any run; surfaces have none"`
}

// Values of Derivatives.Surface.
const (
	onGIFTI = "gifti"
	onCIFTI = "cifti"
)

func checkFMRIPrep(p Params) error {
	f := p.FMRIPrep
	switch {
	case f.Surface != "" && f.Surface != onGIFTI && f.Surface != onCIFTI:
		return fmt.Errorf("fmriprep.surface: %q is neither empty, %s nor %s", f.Surface, onGIFTI, onCIFTI)
	case f.Surface != "" && p.Threshold > 0:
		return fmt.Errorf("mask_threshold: is for images of voxels, fmriprep.surface is %s", f.Surface)
	case f.ScrubFD < 0:
		return fmt.Errorf("fmriprep.scrub_fd: %g mm is negative", f.ScrubFD)
	case len(f.Confounds) > 0 && p.Recipe.DetrendOrder < 0:
		return fmt.Errorf("fmriprep.confounds: are regressed out with at least a constant; set recipe.detrend_order to 0 or more")
	}
	return checkBIDS(p)
}

// files says how the names of the images end, and whether a run has one for each
// hemisphere.
func (f Derivatives) files(entities map[string]string) (extension string, both bool) {
	switch f.Surface {
	case onGIFTI:
		_, one := entities["hemi"]
		return giftiSeries, !one
	case onCIFTI:
		return ciftiSeries, false
	}
	return "", false
}

// findFMRIPrep reads derivatives of fMRIPrep with the events of the raw dataset.
func findFMRIPrep(root string, p Params) (found, error) {
	derivatives, err := openFolder(root, "fmriprep.derivatives", p.FMRIPrep.Derivatives, isDerivative, ".", "derivatives/fmriprep", "derivatives", "fmriprep")
	if err != nil {
		return found{}, err
	}
	raw, err := openFolder(root, "fmriprep.raw", p.FMRIPrep.Raw, func(d *bids.Dataset) bool { return !isDerivative(d) }, ".", "raw")
	if err != nil && p.FMRIPrep.Raw != "" {
		return found{}, err
	}
	extension, both := p.FMRIPrep.files(p.Entities)
	scans, err := findScans(derivatives, p, extension, both)
	if err != nil {
		return found{}, err
	}
	for i := range scans {
		if err := scans[i].complete(raw, p); err != nil {
			return found{}, err
		}
	}
	if p.FMRIPrep.Surface != "" {
		on, err := readSurface(scans[0].images())
		if err != nil {
			return found{}, err
		}
		regions, err := on.regions(root, p)
		return found{scans: scans, regions: regions, surface: on}, err
	}
	regions, err := fmriprepRegions(root, scans, p)
	return found{scans: scans, regions: regions}, err
}

// isDerivative is what the description says, or else whether it is named after fMRIPrep,
// as those of its first versions are.
func isDerivative(d *bids.Dataset) bool {
	if d.Description.DatasetType != "" {
		return d.Description.DatasetType == "derivative"
	}
	return strings.Contains(strings.ToLower(d.Description.Name), "fmriprep")
}

// openFolder opens the dataset that a parameter names, or the first of some folders that
// is one of the wanted kind.
func openFolder(root, field, named string, wanted func(*bids.Dataset) bool, tried ...string) (*bids.Dataset, error) {
	if named != "" {
		d, err := bids.Open(filepath.Join(root, filepath.FromSlash(named)))
		if err != nil {
			return nil, fmt.Errorf("fmri.%s: %w", field, err)
		}
		return d, nil
	}
	for _, folder := range tried {
		d, err := bids.Open(filepath.Join(root, filepath.FromSlash(folder)))
		if err == nil && wanted(d) {
			return d, nil
		}
		if err != nil && !errors.Is(err, bids.ErrDataset) {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%s: no such dataset in %s (each by its dataset_description.json, whose DatasetType tells raw from derivative); name its folder with fmri.%s", root, strings.Join(tried, ", "), field)
}

// complete adds what the derivatives lack: events, and the repetition time of older
// versions.
func (s *scan) complete(raw *bids.Dataset, p Params) error {
	if raw != nil && s.Events == "" {
		var err error
		if s.Events, err = raw.EventsOf(s.Name); err != nil {
			return err
		}
	}
	if s.Events == "" {
		return fmt.Errorf("%s: the run has no events.tsv beside it or in a raw dataset; name the raw dataset's folder with fmri.fmriprep.raw", s.Bold)
	}
	s.raw = raw
	s.confounds = p.FMRIPrep.Confounds
	s.scrub = p.FMRIPrep.ScrubFD
	if len(s.confounds) == 0 && p.Recipe.RegressMotion {
		s.confounds = []string{"motion6"}
	}
	if (len(s.confounds) > 0 || s.scrub > 0) && s.Confounds == "" {
		return fmt.Errorf("%s: the run has no desc-confounds_timeseries.tsv, of which fmriprep.confounds or scrub_fd take columns", s.Bold)
	}
	return nil
}

// fmriprepRegions are those of the masks, of the atlas, or the brain, each within the
// brain masks of all runs.
func fmriprepRegions(root string, scans []scan, p Params) ([]region, error) {
	list, err := namedRegions(root, p)
	switch {
	case err != nil || len(list) > 0:
	case p.Threshold > 0 && len(p.ROIs) > 0:
		return []region{ofThreshold(p.ROIs[0], scans[0].Bold, p.Threshold)}, nil
	case len(p.ROIs) > 1:
		err = fmt.Errorf("fmri.rois names %s: say where they are, with fmri.masks (one file per region) or fmri.atlas", strings.Join(p.ROIs, ", "))
	}
	if err != nil || !p.FMRIPrep.BrainMask {
		if err == nil && len(list) == 0 {
			err = fmt.Errorf("fmri.masks, fmri.atlas and fmri.fmriprep.brain_mask name no region")
		}
		return list, err
	}
	var files []string
	for _, s := range scans {
		file, err := s.BrainMask()
		if err != nil {
			return nil, err
		}
		if file == "" {
			return nil, fmt.Errorf("%s: no desc-brain_mask beside it; with regions of your own, fmri.fmriprep.brain_mask=false does without", s.Bold)
		}
		files = append(files, file)
	}
	brain := withinAll(files)
	if len(list) == 0 {
		return []region{{cmp.Or(strings.Join(p.ROIs, ""), "brain"), brain}}, nil
	}
	for i, r := range list {
		list[i].read = func() (*nifti.Mask, error) {
			m, err := r.read()
			if err != nil {
				return nil, err
			}
			b, err := brain()
			if err != nil {
				return nil, err
			}
			return nifti.Intersect(m, b)
		}
	}
	return list, nil
}

// withinAll is the mask of the voxels that are in all files, read once.
func withinAll(files []string) func() (*nifti.Mask, error) {
	var common *nifti.Mask
	return func() (*nifti.Mask, error) {
		if common != nil {
			return common, nil
		}
		masks := make([]*nifti.Mask, len(files))
		for i, file := range files {
			var err error
			if masks[i], err = nifti.ReadMask(file); err != nil {
				return nil, err
			}
		}
		var err error
		common, err = nifti.Intersect(masks...)
		return common, err
	}
}
