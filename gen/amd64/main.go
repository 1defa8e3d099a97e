// Command amd64 writes the kernels of one instruction set for amd64.
//
//	go run ./amd64 -set avx2 -dir ../internal/asm
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
)

func main() {
	log.SetFlags(0)
	name := flag.String("set", "avx2", "instruction set: avx2 or avx512")
	dir := flag.String("dir", ".", "where the files go")
	flag.Parse()
	for _, family := range []struct {
		name  string
		only  string // "" for every set
		write func(*generator)
	}{
		{"pointwise", "", (*generator).pointwise},
		{"depthwise", "", (*generator).depthwise},
		{"depthwise_lines", "", (*generator).depthwiseLines},
		{"peak", "", (*generator).peak},
		{"activation", "", (*generator).activation},
		// Other sets take these from AVX2.
		{"copy", "avx2", (*generator).copyRows},
		{"transpose", "avx2", (*generator).transpose},
	} {
		if family.only != "" && family.only != *name {
			continue
		}
		if err := generate(*name, family.name, *dir, family.write); err != nil {
			log.Fatalf("%s %s: %v", family.name, *name, err)
		}
	}
}

// generate writes one family of kernels: family_set_amd64.s and its stubs.
func generate(set, family, dir string, write func(*generator)) error {
	g, ok := sets[set]
	if !ok {
		return fmt.Errorf("unknown set")
	}
	g.Context = build.NewContext()
	g.ConstraintExpr("!purego,!noasm")
	write(&g)
	file, err := g.Result()
	if err != nil {
		return err
	}
	config := printer.Config{Argv: []string{"go", "-C", "gen", "generate", "./..."}, Name: "avo", Pkg: "asm"}
	base := filepath.Join(dir, fmt.Sprintf("%s_%s_amd64", family, set))
	s, err := os.Create(base + ".s")
	if err != nil {
		return err
	}
	defer s.Close()
	stubs, err := os.Create(base + ".go")
	if err != nil {
		return err
	}
	defer stubs.Close()
	return pass.Concat(pass.Compile, &pass.Output{Writer: s, Printer: printer.NewGoAsm(config)},
		&pass.Output{Writer: stubs, Printer: printer.NewStubs(config)}).Execute(file)
}
