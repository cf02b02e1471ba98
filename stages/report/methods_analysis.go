package report

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"realnet/artifacts/schemas/statistics"
	"realnet/stages/analysis/decoding"
	"realnet/stages/report/figures"
)

func (w *writer) network() string {
	train, pretrain := w.of("train"), w.of("pretrain")
	if train == nil && pretrain == nil && w.of("checkpoint") == nil {
		return ""
	}
	text := fmt.Sprintf("The network was CORnet-S (%s)", w.cite("Kubilius et al. 2019"))
	switch {
	case pretrain == nil:
		text += " with the published weights named above"
	case pretrain.number("epochs") == 0:
		text += fmt.Sprintf(", with %g channels in its first area, as it is before any training", pretrain.number("width"))
	default:
		text += fmt.Sprintf(", with %g channels in its first area, pretrained to classify for %g epochs in batches of %g (learning rate %g)",
			pretrain.number("width"), pretrain.number("epochs"), pretrain.number("batch"), pretrain.number("learning_rate"))
	}
	return text + "."
}

func (w *writer) training() string {
	v := w.section("train")
	if v == nil {
		v = w.of("train")
	}
	if v == nil {
		return ""
	}
	text := fmt.Sprintf("It was trained further, as ReAlnet-fMRI (%s), on the loss L = LC + β LG, where LC is the cross-entropy with the %s and LG the loss of predicting a subject's responses by an encoder from the areas %s", w.cite("Lu & Wang 2025"),
		map[string]string{"argmax": "classes that the base network chose", "labels": "labels of the images"}[v.text("teacher")], strings.Join(v.list("layers"), ", "))
	var terms []string
	if string(v["mse"]) == "true" {
		terms = append(terms, "mean squared error")
	}
	switch v.text("contrastive") {
	case "live":
		terms = append(terms, "a contrastive term")
	case "detached":
		terms = append(terms, "a contrastive term without gradient, as in the released code")
	}
	if len(terms) > 0 {
		text += " (" + strings.Join(terms, " and ") + ")"
	}
	text += fmt.Sprintf("; Adam, learning rate %g, batches of %g, %g epochs.", v.number("learning_rate"), v.number("batch"), v.number("epochs"))
	text += w.variants(v)
	if w.made("targets") {
		text += fmt.Sprintf(" Targets were the first %d principal components of the responses of the visual cortex, fitted on the training images alone.", w.components())
	}
	return text
}

// variants lists the trained models and what each changes of the training.
func (w *writer) variants(train values) string {
	var list []values
	if json.Unmarshal(w.study["variants"], &list) != nil || len(list) == 0 {
		return fmt.Sprintf(" β = %g.", train.number("beta"))
	}
	parts := make([]string, len(list))
	for i, v := range list {
		changes := []string{fmt.Sprintf("β = %g", train.number("beta"))}
		if v["beta"] != nil && string(v["beta"]) != "null" {
			changes[0] = "β = " + string(v["beta"])
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if value := string(v[key]); value != "null" && !slices.Contains([]string{"name", "beta", "gain"}, key) {
				changes = append(changes, strings.ReplaceAll(key, "_", " ")+" "+strings.NewReplacer(`"`, "", "[", "", "]", "", ",", ", ").Replace(value))
			}
		}
		parts[i] = fmt.Sprintf("%s (%s)", v.text("name"), strings.Join(changes, "; "))
	}
	text := " Models: " + strings.Join(parts, ", ") + "."
	for _, m := range w.models {
		switch m.Role {
		case figures.Control:
			text += fmt.Sprintf(" Model %s, without the term of the brain, is the control.", m.Label)
		case figures.Shuffled:
			text += fmt.Sprintf(" Model %s, a second control, learned from responses that were shuffled over the images.", m.Label)
		}
	}
	return text
}

func (w *writer) components() int {
	n := 0
	for _, c := range w.in.Components {
		n = max(n, len(c.Ratio))
	}
	return n
}

func (w *writer) dissimilarity() string {
	v := w.of("rdm")
	if v == nil {
		return ""
	}
	text := fmt.Sprintf("Representational dissimilarity matrices (RDMs; %s) were computed with the metric %s", w.cite("Kriegeskorte et al. 2008"), v.text("metric"))
	if v.text("metric") == "correlation" {
		text += " (1 − Pearson's r)"
	}
	if s := v.text("split"); s != "" {
		text += ", also of halves of the data (" + s + ")"
	}
	return text + "."
}

func (w *writer) eeg() string {
	v := w.of("eegrdm")
	if v == nil {
		return ""
	}
	var recipe decoding.Recipe
	text := "EEG RDMs hold, time point by time point, the accuracy at which a linear support vector machine tells each pair of images apart"
	switch v.text("recipe") {
	case "lu":
		recipe = decoding.Lu()
	case "gifford":
		recipe = decoding.Gifford()
		text += " (" + w.cite("Gifford et al. 2022") + ")"
	default:
		return "EEG RDMs hold correlation distances, time point by time point."
	}
	var parts []string
	for _, c := range []struct {
		key, text string
		usual     int
	}{
		{"average", "%g repetitions averaged to a trial", recipe.Average},
		{"folds", "cross-validation in %g folds", recipe.Folds},
		{"repeats", "%g draws of the trials", recipe.Repeats},
		{"smooth", "a centred mean over %g time points", recipe.Smooth},
	} {
		n := v.number(c.key)
		if n == 0 {
			n = float64(c.usual)
		}
		if n > 1 {
			parts = append(parts, fmt.Sprintf(c.text, n))
		}
	}
	return text + ": " + strings.Join(parts, ", ") + "."
}

func (w *writer) comparison() string {
	v := w.of("rsa")
	if v == nil {
		return ""
	}
	text := fmt.Sprintf("RDMs were compared by %s", figures.Comparator(v.text("method")))
	if n := v.number("permutations"); n > 0 {
		text += fmt.Sprintf("; p values from %g permutations of the condition labels (all of them where there are no more), %s", n, v.text("alternative"))
	}
	if n := v.number("bootstrap"); n > 0 {
		text += fmt.Sprintf("; 95 %% percentile intervals from %g bootstrap resamples of the images, copies of an image left out of its own pairs", n)
	}
	text += "."
	for _, r := range w.in.Similarities {
		if !math.IsNaN(r.CeilingLow) {
			return text + fmt.Sprintf(" Noise ceilings after %s: the lower bound compares each subject with the mean of the others.", w.cite("Nili et al. 2014"))
		}
	}
	return text
}

func (w *writer) dimensionsText() string {
	if len(w.in.Profiles) == 0 {
		return ""
	}
	text := "For each object dimension the RDM of absolute differences was correlated with the RDM of each layer, plainly and with the other dimensions removed"
	if slices.ContainsFunc(w.in.labelsOfDimensions(), func(s string) bool { return strings.Contains(s, "food-related") }) {
		text += fmt.Sprintf(" (dimensions of %s)", w.cite("Hebart et al. 2020"))
	}
	if v := w.of("dimensions"); v != nil {
		text += fmt.Sprintf("; differences to the base model have intervals from %g bootstrap resamples of the images and p values from %g permutations of the dimension's labels", v.number("resamples"), v.number("permutations"))
	}
	return text + "."
}

func (in inputs) labelsOfDimensions() []string {
	var out []string
	for _, r := range in.Profiles {
		out = append(out, r.Dimension)
	}
	return out
}

func (w *writer) statisticsText() string {
	v := w.of("stats")
	if v == nil {
		return ""
	}
	text := fmt.Sprintf("Results are tested at level %g", v.number("alpha"))
	switch v.text("correction") {
	case "holm":
		text += ", corrected within families of results (" + w.cite("Holm 1979") + ")"
	case "fdr":
		text += ", with the false discovery rate controlled within families of results (" + w.cite("Benjamini & Hochberg 1995") + ")"
	case "none":
		text += ", without correction"
	default:
		text += ", corrected within families (" + v.text("correction") + ")"
	}
	text += "."
	for _, r := range w.in.Statistics {
		if r.Kind == statistics.Gain && r.Subject == "" {
			text += " Gains over the base model and the control have t intervals and p values over the images, each left out once, with the variance for pairs that share images"
			if r.NSubjects > 1 {
				text += "; to it is added what the training subjects vary beyond the choice of images, with Satterthwaite's degrees of freedom: they speak about other images, and other people and trainings if their gains are about normally distributed. The intervals of single subjects are over images."
			} else {
				text += ": they speak about other images, for the one training that there is."
			}
			break
		}
	}
	if slices.ContainsFunc(w.in.Statistics, func(r statistics.Row) bool {
		return r.Kind == statistics.Similarity && r.Layer != "" && r.Relation != ""
	}) {
		text += " The mean similarities of single layers have intervals of the same kind."
	}
	for _, r := range w.in.Statistics {
		if r.Kind == statistics.Cluster {
			text += fmt.Sprintf(" Time courses were tested by clusters under sign flips of EEG subjects (%g flips, all of them where there are no more), clusters formed anew under every flip (%s).", v.number("flips"), w.cite("Maris & Oostenveld 2007"))
			break
		}
	}
	if slices.ContainsFunc(w.in.Statistics, func(r statistics.Row) bool { return r.Kind == statistics.Cluster && r.Layer != "" }) {
		text += " A cluster of a single layer was compared with the largest of all layers under the same flips, which controls the family-wise error over times and layers."
	}
	if len(w.in.Accuracies) > 0 {
		text += " Accuracies have score intervals (" + w.cite("Wilson 1927") + ")."
	}
	var seed uint64
	if json.Unmarshal(w.study["seed"], &seed) == nil {
		text += fmt.Sprintf(" The seed of the study was %d.", seed)
	}
	return text
}

// datasets cites datasets by how their names begin.
var datasets = map[string]string{
	"shen": "Shen et al. 2019", "horikawa": "Horikawa & Kamitani 2017", "things-eeg2": "Gifford et al. 2022", "things_eeg2": "Gifford et al. 2022",
	"haxby": "Haxby et al. 2001", "kriegeskorte": "Kriegeskorte, Mur, Ruff et al. 2008", "spose": "Hebart et al. 2020", "things-dimensions": "Hebart et al. 2020",
}

// works are the works that the text may cite.
var works = map[string]string{
	"Lu & Wang 2025":                      "Lu Z, Wang Y (2025). Teaching CORnet human fMRI representations for enhanced model-brain alignment. Cognitive Neurodynamics 19:61. doi:10.1007/s11571-025-10252-y; arXiv:2407.10414.",
	"Kubilius et al. 2019":                "Kubilius J, Schrimpf M, et al. (2019). Brain-like object recognition with high-performing shallow recurrent ANNs. NeurIPS 32.",
	"Kriegeskorte et al. 2008":            "Kriegeskorte N, Mur M, Bandettini P (2008). Representational similarity analysis: connecting the branches of systems neuroscience. Frontiers in Systems Neuroscience 2:4. doi:10.3389/neuro.06.004.2008.",
	"Kriegeskorte, Mur, Ruff et al. 2008": "Kriegeskorte N, Mur M, Ruff DA, Kiani R, Bodurka J, Esteky H, Tanaka K, Bandettini PA (2008). Matching categorical object representations in inferior temporal cortex of man and monkey. Neuron 60:1126-1141. doi:10.1016/j.neuron.2008.10.043.",
	"Nili et al. 2014":                    "Nili H, Wingfield C, Walther A, Su L, Marslen-Wilson W, Kriegeskorte N (2014). A toolbox for representational similarity analysis. PLoS Computational Biology 10:e1003553. doi:10.1371/journal.pcbi.1003553.",
	"Shen et al. 2019":                    "Shen G, Horikawa T, Majima K, Kamitani Y (2019). Deep image reconstruction from human brain activity. PLoS Computational Biology 15:e1006633. doi:10.1371/journal.pcbi.1006633.",
	"Horikawa & Kamitani 2017":            "Horikawa T, Kamitani Y (2017). Generic decoding of seen and imagined objects using hierarchical visual features. Nature Communications 8:15037. doi:10.1038/ncomms15037.",
	"Gifford et al. 2022":                 "Gifford AT, Dwivedi K, Roig G, Cichy RM (2022). A large and rich EEG dataset for modeling human visual object recognition. NeuroImage 264:119754. doi:10.1016/j.neuroimage.2022.119754.",
	"Hebart et al. 2020":                  "Hebart MN, Zheng CY, Pereira F, Baker CI (2020). Revealing the multidimensional mental representations of natural objects underlying human similarity judgements. Nature Human Behaviour 4:1173-1185. doi:10.1038/s41562-020-00951-3.",
	"Haxby et al. 2001":                   "Haxby JV, Gobbini MI, Furey ML, Ishai A, Schouten JL, Pietrini P (2001). Distributed and overlapping representations of faces and objects in ventral temporal cortex. Science 293:2425-2430. doi:10.1126/science.1063736.",
	"Holm 1979":                           "Holm S (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6:65-70.",
	"Benjamini & Hochberg 1995":           "Benjamini Y, Hochberg Y (1995). Controlling the false discovery rate. Journal of the Royal Statistical Society B 57:289-300.",
	"Maris & Oostenveld 2007":             "Maris E, Oostenveld R (2007). Nonparametric statistical testing of EEG- and MEG-data. Journal of Neuroscience Methods 164:177-190. doi:10.1016/j.jneumeth.2007.03.024.",
	"Wilson 1927":                         "Wilson EB (1927). Probable inference, the law of succession, and statistical inference. Journal of the American Statistical Association 22:209-212.",
}
