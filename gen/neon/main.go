// Command neon writes the kernels of the set of that name.
//
//	go run ./neon ../internal/asm/neon ../bench/internal/peak
package main

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/sepconv/go/gen/a64"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatalf("usage: %s DIRECTORY PEAKS", os.Args[0])
	}
	for _, family := range families {
		family.generate("neon", os.Args[1])
	}
	family{"neon", (*generator).limits}.generate("peak", os.Args[2])
}

// family is the kernels of one file: name_arm64.s and its stubs.
type family struct {
	name  string
	write func(*generator)
}

var families = []family{
	{"pointwise", (*generator).pointwise},
	{"pointwise_gradient", (*generator).pointwiseGradient},
	{"depthwise", (*generator).depthwise},
	{"depthwise_lines", (*generator).depthwiseLines},
	{"depthwise_gradient", (*generator).depthwiseGradient},
	{"copy", (*generator).copyRows},
	{"transpose", (*generator).transpose},
	{"maximum", (*generator).maximum},
	{"sum", (*generator).sum},
	{"activation", (*generator).activation},
	{"pullback", (*generator).pullback},
	{"signs", (*generator).signs},
}

// generate writes a family into the directory of a package.
func (f family) generate(pkg, dir string) {
	file := f.file(pkg)
	base := filepath.Join(dir, f.name+"_arm64")
	for name, text := range map[string]string{base + ".s": file.Assembly(), base + ".go": file.Stubs()} {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			log.Fatal(err)
		}
	}
}

func (f family) file(pkg string) *a64.File {
	g := &generator{File: &a64.File{Package: pkg, Constraint: "!purego && !noasm", Command: "go -C gen generate ./..."}}
	f.write(g)
	return g.File
}

// generator writes kernels, one after the other.
type generator struct {
	*a64.File
	*a64.Func // the current one
}

const (
	suffix      = "NEON"
	lanes       = 4 // float32 in a vector
	vectorBytes = 4 * lanes
)

// kernel begins a function whose doc is a line and the loops that it does.
func (g *generator) kernel(name, signature, does string, loops ...string) {
	doc := []string{fmt.Sprintf("%s does, %s,", name, does), ""}
	for _, line := range loops {
		doc = append(doc, "\t"+line)
	}
	g.Func = g.Function(name, signature, doc...)
}

// repeat writes a loop around body that goes on while count, which is positive and
// counted down, is not 0.
func (g *generator) repeat(label string, count a64.R, body func()) {
	g.Label(label)
	body()
	g.SUBSImm(1, count, count)
	g.BNE(label)
}

// repeatIfAny is repeat for a count that may be 0.
func (g *generator) repeatIfAny(label string, count a64.R, body func()) {
	g.CBZ(count, "no_"+label)
	g.repeat(label, count, body)
	g.Label("no_" + label)
}

// rows returns registers with the addresses of n rows from first on, stride bytes
// apart.
func (g *generator) rows(first, stride a64.R, n int) []a64.R {
	rows := []a64.R{first}
	for len(rows) < n {
		next := g.R()
		g.ADD(stride, rows[len(rows)-1], next)
		rows = append(rows, next)
	}
	return rows
}

// loadFirst loads the first n lanes, and nothing else from memory.
func (g *generator) loadFirst(n int, m a64.Mem, v a64.V) {
	switch n {
	case 1:
		g.LoadS(m, v)
	case 2, 3:
		g.LoadD(m, v)
	default:
		g.LoadQ(m, v)
	}
	if n == 3 {
		g.third(m, func(at a64.R) { g.LoadLane(at, v.S(2)) })
	}
}

// storeFirst stores the first n lanes.
func (g *generator) storeFirst(n int, m a64.Mem, v a64.V) {
	switch n {
	case 1:
		g.StoreS(v, m)
	case 2, 3:
		g.StoreD(v, m)
	default:
		g.StoreQ(v, m)
	}
	if n == 3 {
		g.third(m, func(at a64.R) { g.StoreLane(v.S(2), at) })
	}
}

// third visits the third float of memory, for instructions that take no offset.
func (g *generator) third(m a64.Mem, visit func(at a64.R)) {
	at := g.R()
	g.ADDImm(m.Offset+8, m.Base, at)
	visit(at)
	g.Free(at)
}
