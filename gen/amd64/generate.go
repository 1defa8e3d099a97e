// Package amd64 writes the kernels of sets whose vectors have 8 or 16 lanes: what
// AVX2 and AVX-512 share, and where they differ.
package amd64

import (
	"log"
	"os"
	"path/filepath"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
)

// Set is what the kernels of an instruction set are made for.
type Set struct {
	Package string // that they are in
	Suffix  string // of their names
	Lanes   int    // float32 in a vector: 8 or 16
	Rows    int    // of the largest pointwise tile
	Outputs int    // that a depthwise window has
	Taps    int    // that a depthwise window keeps in registers
	Bypass  bool   // whether pointwise kernels can write past the caches
	// Copies says that the set has kernels that move data through the caches, and those
	// of maxima and sums over rows. Sets of wider vectors take them from it.
	Copies bool
}

// family is the kernels of one file: name_amd64.s and its stubs.
type family struct {
	name  string
	write func(*generator)
}

// Main writes the set into the directory of its package, and the loops that measure
// the limits of the CPU into that of the benchmarks: the arguments.
func (s Set) Main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatalf("usage: %s DIRECTORY PEAKS", os.Args[0])
	}
	families := []family{
		{"pointwise", (*generator).pointwise},
		{"pointwise_gradient", (*generator).pointwiseGradient},
		{"depthwise", (*generator).depthwise},
		{"depthwise_gradient", (*generator).depthwiseGradient},
		{"depthwise_lines", (*generator).depthwiseLines},
		{"activation", (*generator).activation},
		{"pullback", (*generator).pullback},
		{"signs", (*generator).signs},
		{"copy_past", (*generator).copyPast},
	}
	if s.Copies {
		families = append(families,
			family{"copy", func(g *generator) { g.copyRows(); g.fence() }}, family{"transpose", (*generator).transpose},
			family{"maximum", (*generator).maximum}, family{"sum", (*generator).sum})
	}
	for _, f := range families {
		s.generate(f, s.Package, os.Args[1])
	}
	s.generate(family{s.Package, (*generator).limits}, "peak", os.Args[2])
}

func (s Set) generate(f family, pkg, dir string) {
	if err := s.write(f, pkg, filepath.Join(dir, f.name+"_amd64")); err != nil {
		log.Fatalf("%s of %s: %v", f.name, s.Package, err)
	}
}

func (s Set) write(f family, pkg, base string) error {
	g := &generator{
		Context: build.NewContext(),
		suffix:  s.Suffix, lanes: s.Lanes, rows: s.Rows,
		window: window{s.Outputs, s.Taps}, bypass: s.Bypass,
	}
	g.ConstraintExpr("!purego,!noasm")
	f.write(g)
	file, err := g.Result()
	if err != nil {
		return err
	}
	config := printer.Config{Argv: []string{"go", "-C", "gen", "generate", "./..."}, Name: "avo", Pkg: pkg}
	assembly, err := os.Create(base + ".s")
	if err != nil {
		return err
	}
	defer assembly.Close()
	stubs, err := os.Create(base + ".go")
	if err != nil {
		return err
	}
	defer stubs.Close()
	return pass.Concat(pass.Compile, &pass.Output{Writer: assembly, Printer: printer.NewGoAsm(config)},
		&pass.Output{Writer: stubs, Printer: printer.NewStubs(config)}).Execute(file)
}
