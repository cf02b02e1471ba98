package embedding

import (
	"fmt"
	"strings"

	"realnet/artifacts"
	dims "realnet/artifacts/schemas/dimensions"
	"realnet/artifacts/schemas/stimuli"
)

// ofImages gives every image of a subset the values of its object. The object is the
// image's class, without the number before it that folders of THINGS images have
// (00001_aircraft_carrier).
func (e embedding) ofImages(a *artifacts.Artifact, subset string) (embedding, error) {
	rows, err := artifacts.ReadTable[stimuli.Image](a, stimuli.ImagesTable)
	if err != nil {
		return e, err
	}
	at := map[string]int{}
	for i, o := range e.objects {
		at[o.Name] = i
	}
	out := embedding{labels: e.labels}
	for _, r := range rows {
		if subset != "" && r.Subset != subset {
			continue
		}
		i, ok := at[object(r.Class)]
		if !ok {
			return e, fmt.Errorf("image %s is of class %q, and no object is named %q", r.Name, r.Class, object(r.Class))
		}
		out.objects = append(out.objects, dims.Object{Name: r.Name})
		out.values = append(out.values, e.values[i*len(e.labels):(i+1)*len(e.labels)]...)
	}
	if len(out.objects) == 0 {
		return e, fmt.Errorf("no image of subset %q", subset)
	}
	return out, nil
}

func object(class string) string {
	number, rest, ok := strings.Cut(class, "_")
	if ok && number != "" && strings.Trim(number, "0123456789") == "" {
		return rest
	}
	return class
}
