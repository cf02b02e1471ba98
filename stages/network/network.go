package network

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"github.com/rs/zerolog"

	"realnet/artifacts"
	"realnet/artifacts/schemas/stimuli"
	"realnet/artifacts/schemas/weights"
	"realnet/model"
	"realnet/model/kernels"
	"realnet/stages/stage"
)

// Kernel names the compute kernel of this machine, for Spec.Kernel.
func Kernel() string {
	b, err := kernels.Default(kernels.FP32, kernels.NewWorkers(1))
	if errors.Is(err, kernels.ErrUnsupportedKind) {
		return os.Getenv(kernels.Environment) // planned here, run where there is one
	}
	if err != nil {
		return "invalid" // the run itself reports why
	}
	return b.Name()
}

// Config is the architecture of a weights artifact.
func Config(a *artifacts.Artifact) (model.Config, error) {
	var cfg model.Config
	text, err := artifacts.ReadFile(a, weights.Architecture)
	if err != nil {
		return cfg, err
	}
	if err := json.Unmarshal(text, &cfg); err != nil {
		return cfg, fmt.Errorf("%s: %w", filepath.Join(a.Dir(), weights.Architecture), err)
	}
	return cfg, nil
}

// NeedOf is what a run on the network of the artifacts of a port needs, if one of full
// size needs full. A narrow network has layers whose pieces take microseconds: two runs of
// it on a core each take a fifth less processor time than one after the other on two.
func NeedOf(full stage.Need, port []*artifacts.Artifact) (stage.Need, error) {
	if len(port) != 1 {
		return full, nil
	}
	cfg, err := Config(port[0])
	if err != nil {
		return full, err
	}
	return needOf(full, cfg), nil
}

func needOf(full stage.Need, c model.Config) stage.Need {
	work := func(c model.Config) float64 { return math.Pow(float64(c.Width)*float64(c.Input), 2) }
	if work(c) < work(model.CORnetS())/64 {
		full.Memory, full.Shares = min(full.Memory, 1<<30), true
	}
	return full
}

// Read builds the network of a weights artifact.
func Read(a *artifacts.Artifact) (*model.Net, error) {
	cfg, err := Config(a)
	if err != nil {
		return nil, err
	}
	net, err := model.New(cfg, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(a.Dir(), weights.Architecture), err)
	}
	params, err := artifacts.ReadWeights(a, weights.File)
	if err != nil {
		return nil, err
	}
	report, err := net.Load(fromArtifact(params))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.Dir(), err)
	}
	if len(report.Missing)+len(report.Unexpected)+len(report.Mismatched) > 0 {
		return nil, fmt.Errorf("%s: weights do not fit their architecture: %+v", a.Dir(), report)
	}
	return net, nil
}

func fromArtifact(params []artifacts.Param) []model.Param {
	out := make([]model.Param, len(params))
	for i, p := range params {
		out[i] = model.Param{Name: p.Name, Shape: p.Shape, Values: p.Values}
	}
	return out
}

// Write puts a network and the course of its training into w.
func Write(w *artifacts.Writer, net *model.Net, history *model.History, rate func(epoch int) float64) error {
	text, err := json.MarshalIndent(net.Config(), "", "  ")
	if err != nil {
		return err
	}
	f, err := w.File(weights.Architecture)
	if err != nil {
		return err
	}
	if _, err := f.Write(append(text, '\n')); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	params := net.Params()
	list := make([]artifacts.Param, len(params))
	for i, p := range params {
		list[i] = artifacts.Param{Name: p.Name, Shape: p.Shape, Values: p.Values}
	}
	if err := artifacts.WriteWeights(w, weights.File, list); err != nil {
		return err
	}
	if history == nil {
		return nil
	}
	steps := make([]weights.Step, len(history.Steps))
	for i, s := range history.Steps {
		steps[i] = weights.Step{
			Step: int64(s.Step), Epoch: int32(s.Epoch), Loss: s.Losses.Total, Classification: s.Losses.Class,
			MSE: s.Losses.Square, Contrastive: s.Losses.Contrastive, Rate: rate(s.Epoch),
		}
	}
	epochs := make([]weights.Epoch, len(history.Epochs))
	for i, e := range history.Epochs {
		epochs[i] = weights.Epoch{
			Epoch: int32(e.Epoch), Loss: e.Train.Total, Classification: e.Train.Class, MSE: e.Train.Square,
			Contrastive: e.Train.Contrastive, ValidationLoss: math.NaN(), ValidationClassification: math.NaN(),
			ValidationMSE: math.NaN(), ValidationContrastive: math.NaN(),
		}
		if v := e.Validation; v != nil {
			epochs[i].ValidationLoss, epochs[i].ValidationClassification = v.Total, v.Class
			epochs[i].ValidationMSE, epochs[i].ValidationContrastive = v.Square, v.Contrastive
		}
	}
	if err := artifacts.WriteTable(w, weights.StepsTable, steps); err != nil {
		return err
	}
	return artifacts.WriteTable(w, weights.EpochsTable, epochs)
}

// Selection is the images of one subset, in the order of the artifact.
type Selection struct {
	Images model.Images
	Rows   []stimuli.Image

	tensor *artifacts.Tensor[uint8] // whose pixels these are, when all are selected
}

// Close ends the reading; the pixels must not be used afterwards.
func (s Selection) Close() {
	if s.tensor != nil {
		s.tensor.Close()
	}
}

// Select reads the images of a subset, all for "". All of them stay in their file. The
// caller closes the selection.
func Select(a *artifacts.Artifact, subset string) (s Selection, err error) {
	rows, err := artifacts.ReadTable[stimuli.Image](a, stimuli.ImagesTable)
	if err != nil {
		return s, err
	}
	t, err := artifacts.OpenTensor[uint8](a, stimuli.Tensor)
	if err != nil {
		return s, err
	}
	defer func() {
		if s.tensor == nil {
			t.Close()
		}
	}()
	if len(t.Shape) != 4 || t.Shape[0] != len(rows) || t.Shape[1] != t.Shape[2] || t.Shape[3] != 3 {
		return s, fmt.Errorf("%s: images of shape %v for %d names, want n x side x side x 3", a.Dir(), t.Shape, len(rows))
	}
	s.Images.Side = t.Shape[1]
	var taken []int
	for i, r := range rows {
		if subset == "" || r.Subset == subset {
			s.Rows = append(s.Rows, r)
			taken = append(taken, i)
		}
	}
	switch len(taken) {
	case 0:
		return s, fmt.Errorf("%s: no image of subset %q", a.Dir(), subset)
	case len(rows):
		s.Images.Pixels, s.tensor = t.Data, t
		return s, nil
	}
	s.Images.Pixels = make([]byte, 0, len(taken)*len(t.Row(0)))
	for _, i := range taken {
		s.Images.Pixels = append(s.Images.Pixels, t.Row(i)...)
	}
	return s, nil
}

// Labels are the classes of the selected images; one that is not known is an
// error.
func (s Selection) Labels() ([]int32, error) {
	out := make([]int32, len(s.Rows))
	for i, r := range s.Rows {
		if out[i] = r.Label; r.Label < 0 {
			return nil, fmt.Errorf("image %s has no class label", r.Name)
		}
	}
	return out, nil
}

// stateFile is a training's checkpoint in the scratch folder.
const stateFile = "state"

// Resumable are the hooks of a training that keeps a checkpoint in dir after
// every epoch and resumes from the one it finds there. progress is called after
// every step.
func Resumable(dir string, log zerolog.Logger, progress func(done, total int64, note string)) (model.Hooks, error) {
	hooks := model.Hooks{
		Step: func(p model.Progress) {
			progress(int64(p.Step), int64(p.Steps), fmt.Sprintf("epoch %d/%d, loss %.4g, %.0f s left", p.Epoch, p.Epochs, p.Losses.Total, p.Left.Seconds()))
		},
		Epoch: func(s *model.State) error { return save(dir, s) },
	}
	f, err := os.Open(filepath.Join(dir, stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return hooks, nil
	}
	if err != nil {
		return hooks, err
	}
	defer f.Close()
	state, err := model.ReadState(f)
	if err != nil {
		log.Warn().Err(err).Msg("the checkpoint cannot be read; training starts anew")
		return hooks, nil
	}
	log.Info().Int("epoch", state.Epoch).Msg("resuming from the checkpoint")
	hooks.Resume = state
	return hooks, nil
}

// save replaces the checkpoint whole.
func save(dir string, s *model.State) error {
	tmp, err := os.CreateTemp(dir, stateFile+".*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	if _, err := s.WriteTo(tmp); err != nil {
		tmp.Close()
		return fmt.Errorf("checkpoint: %w", err)
	}
	if err := tmp.Sync(); err != nil {
		tmp.Close()
		return fmt.Errorf("checkpoint: %w", err)
	}
	if err := tmp.Close(); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	return os.Rename(tmp.Name(), filepath.Join(dir, stateFile))
}
