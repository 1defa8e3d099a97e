package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/sepconv/go/sepconv/keras"
)

const summaryHelp = `sepconv summary [flags] FILE

Prints the layers of a model with their shapes and parameters, as Keras' summary does,
then what it takes and gives, or which layer does not run here, and why. Of a file that
holds weights alone, such as .weights.h5 or safetensors, it prints the arrays.

	sepconv summary model.keras
	sepconv summary -json model.h5 | jq .runs
	sepconv summary -weights model.weights.h5 model.json

Flags:

  -json           JSON, with the arrays of each layer and its configuration
  -weights FILE   weights of a model that is a JSON; again for each of several pieces
  -kernel NAME    the set of kernels to compile for ("sepconv version" lists them)
  -max-bytes N    what the model may take; 1G
`

func summaryCommand(e *env, args []string) error {
	var m modelFlags
	f := newFlags("summary")
	m.add(f)
	f.StringVar(&m.kernel, "kernel", "", "")
	asJSON := f.Bool("json", false, "")
	rest, err := parse(f, args)
	if err == nil {
		err = m.check()
	}
	switch {
	case err != nil:
		return err
	case len(rest) == 0:
		return wrongUse("there is no file: give the one that Keras saved")
	case len(rest) > 1:
		return wrongUse("there are %d files, %q and %q among them; give one", len(rest), rest[0], rest[1])
	}
	model, err := m.open(rest[0])
	if err != nil {
		return err
	}
	program, problem := m.compile(model)
	if *asJSON {
		return json.NewEncoder(e.stdout).Encode(describe(rest[0], model, program, problem))
	}
	text := summaryText(model, program, problem)
	if problem != nil {
		text += strings.TrimPrefix(m.hint(rest[0], model, problem)+"\n", "\n")
	}
	_, err = fmt.Fprint(e.stdout, text)
	return err
}

// summaryText is the table, and what is below it.
func summaryText(model *keras.Model, program *keras.Program, problem error) string {
	if problem != nil {
		return model.Summary() + fmt.Sprintf("\nIt does not run: %s\n", message(problem))
	}
	text := program.Summary() + "\n"
	for _, in := range program.Inputs() {
		what := ""
		switch {
		case in.Text != nil:
			what = ", made of text"
		case in.Integer:
			what = ", whole numbers"
		}
		text += fmt.Sprintf(" Input: %q %s%s\n", in.Name, shapeText(in.Shape), what)
	}
	for _, out := range program.Outputs() {
		text += fmt.Sprintf(" Output: %q %s\n", out.Name, shapeText(out.Shape))
	}
	return text
}

// description is a model in JSON.
type description struct {
	File       string           `json:"file"`
	Format     keras.Format     `json:"format"`
	Keras      string           `json:"keras,omitempty"` // the version that wrote it
	Name       string           `json:"name,omitempty"`
	Class      string           `json:"class,omitempty"`
	Parameters int64            `json:"parameters"`
	Layers     []describedLayer `json:"layers"`
	Runs       bool             `json:"runs"`
	Problem    string           `json:"problem,omitempty"` // why it does not
	Inputs     []describedPort  `json:"inputs,omitempty"`
	Outputs    []describedPort  `json:"outputs,omitempty"`
}

type describedLayer struct {
	Path    string           `json:"path"`
	Class   string           `json:"class,omitempty"`
	Inputs  []string         `json:"inputs,omitempty"`
	Weights []describedArray `json:"weights,omitempty"`
	Config  json.RawMessage  `json:"config,omitempty"`
}

type describedArray struct {
	Name    string `json:"name"`
	Shape   []int  `json:"shape"`
	DType   string `json:"dtype"`
	Problem string `json:"problem,omitempty"` // why its values are not read
}

type describedPort struct {
	Name    string `json:"name"`
	Shape   []*int `json:"shape"` // null is open
	Integer bool   `json:"integer,omitempty"`
	Text    bool   `json:"text,omitempty"`
}

func describe(file string, model *keras.Model, program *keras.Program, problem error) description {
	d := description{
		File: file, Format: model.Format, Keras: model.Version, Name: model.Name, Class: model.Class,
		Runs: problem == nil, Layers: []describedLayer{},
		Inputs: describePorts(program.Inputs()), Outputs: describePorts(program.Outputs()),
	}
	if problem != nil {
		d.Problem = message(problem)
	}
	counted := map[*keras.Tensor]bool{}
	for l := range model.All() {
		layer := describedLayer{Path: l.Path, Class: l.Class, Inputs: l.Inputs, Config: l.Config}
		if l.Registered != "" {
			layer.Class = l.Registered
		}
		for _, t := range l.Weights {
			a := describedArray{Name: t.Name, Shape: append([]int{}, t.Shape...), DType: t.DType}
			if t.Err != nil {
				a.Problem = message(t.Err)
			}
			layer.Weights = append(layer.Weights, a)
			if !counted[t] { // of a layer that is in several places
				counted[t] = true
				d.Parameters += int64(product(t.Shape))
			}
		}
		d.Layers = append(d.Layers, layer)
	}
	return d
}

func describePorts(ports []keras.Port) (list []describedPort) {
	for _, p := range ports {
		d := describedPort{Name: p.Name, Integer: p.Integer, Text: p.Text != nil, Shape: make([]*int, len(p.Shape))}
		for i, n := range p.Shape {
			if n != open {
				d.Shape[i] = &n
			}
		}
		list = append(list, d)
	}
	return list
}
