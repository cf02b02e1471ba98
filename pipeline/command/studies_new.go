package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"realnet/pipeline"
	"realnet/pipeline/newstudy"
)

// StudiesNew writes a study file for the user's data.
type StudiesNew struct {
	From string `required:"" help:"Folder with your data: arrays of responses, a table of their rows and images; a BIDS dataset, raw or of fMRIPrep; estimates of SPM, FSL or nilearn and masks; folders models and brains with RDMs or patterns; or epochs of MNE or EEGLAB and images." placeholder:"DIR" type:"existingdir"`
	Kind string `help:"alignment (train networks on the responses), rsa (compare models with them) or reliability (split halves of the runs); without it, what the folder suggests." placeholder:"KIND"`
	Out  string `required:"" help:"The file to write; one that is there is not overwritten." placeholder:"FILE" type:"path"`
}

// Examples of the command.
func (*StudiesNew) Examples() string {
	return "realnet studies new --from mydata --out own.yaml\nrealnet studies new --from mydata --kind reliability --out reliability.yaml\nrealnet studies new --from bids --out bids.yaml"
}

// Run looks at the folder, writes the file and checks that it can be planned.
func (c *StudiesNew) Run(ctx context.Context, a *App) error {
	if c.Kind != "" && !slices.Contains(newstudy.Kinds, c.Kind) {
		return usagef("--kind %s: want one of %s", c.Kind, strings.Join(newstudy.Kinds, ", "))
	}
	base, err := filepath.Abs(filepath.Dir(c.Out))
	if err != nil {
		return err
	}
	dir, err := filepath.Abs(c.From)
	if err != nil {
		return err
	}
	text, err := newstudy.Write(ctx, dir, base, c.Kind)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(c.Out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already: remove it, or choose another --out", c.Out)
	}
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if _, err := pipeline.LoadStudy(c.Out, nil); err != nil {
		return fmt.Errorf("the study that was written does not load: %w", err)
	}
	fmt.Fprintf(a.Stdout, "%s written. Look at its comments, then: realnet reproduce %s\n", c.Out, c.Out)
	return nil
}
