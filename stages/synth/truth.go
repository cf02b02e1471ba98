package synth

import "context"

// dimension is an attribute and who knows of it.
type dimension struct {
	Name    string `json:"name"`
	OfClass bool   `json:"of_class"` // makes the class, so that a classifier knows it too
	// Planted says that brains encode it and classification does not need it.
	Planted bool        `json:"planted"`
	ROIs    []string    `json:"rois,omitempty"`
	EEG     []eegCourse `json:"eeg,omitempty"`
}

// eegCourse is when an attribute appears in the EEG.
type eegCourse struct {
	Latency float64 `json:"latency_s"`
	Width   float64 `json:"width_s"`
}

// truth is truth.json.
type truth struct {
	Planted    float64     `json:"planted"` // strength; 0: nothing is
	Dimensions []dimension `json:"dimensions"`
	Volume     struct {
		Noise float64   `json:"noise_percent"`   // deviation over volumes
		Block []float64 `json:"evoked_by_block"` // by volume from its onset
	} `json:"bold"`
	Parameters Params `json:"parameters"`
}

// dimensions lists every attribute.
func (s *study) dimensions() []dimension {
	list := make([]dimension, attributeCount)
	for i, name := range attributeNames {
		d := dimension{Name: name, OfClass: i < ofClass}
		for _, roi := range s.FMRI.ROIs {
			for _, a := range roi.Encodes {
				if a == name && s.FMRI.Subjects > 0 {
					d.ROIs = append(d.ROIs, roi.Name)
				}
			}
		}
		for _, signal := range s.EEG.Signals {
			if signal.Encodes == name && s.EEG.Subjects > 0 {
				d.EEG = append(d.EEG, eegCourse{signal.Latency, signal.Width})
			}
		}
		d.Planted = !d.OfClass && len(d.ROIs) > 0
		list[i] = d
	}
	return list
}

// writeTruth writes what is planted where.
func (s *study) writeTruth(_ context.Context, out *output, _ int) error {
	t := truth{Planted: s.Planted, Dimensions: s.dimensions(), Parameters: s.Params}
	t.Volume.Noise, t.Volume.Block = s.FMRI.noise(), s.FMRI.gain()
	return out.json("truth.json", t)
}
