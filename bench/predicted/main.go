// Predicted computes how fast the loops of the arm64 kernels should be: it
// assembles them and asks llvm-mca, which simulates a loop on LLVM's models of
// CPUs. Nothing is measured. It needs Debian's llvm package (llvm-mca and llvm-mc
// of one version) besides Go, and works on any machine.
//
//	go -C bench run ./predicted          # writes predicted/README.md
//	go -C bench run ./predicted -check   # only reports whether the shares are what they must be
package main

import (
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("predicted: ")
	check := flag.Bool("check", false, "write nothing, and fail where a share is below its bound")
	dir := flag.String("asm", filepath.Join("..", "internal", "asm", "neon"), "`directory` of the assembly")
	out := flag.String("out", filepath.Join("predicted", "README.md"), "`file` to write")
	flag.Parse()
	if err := run(*dir, *out, *check); err != nil {
		log.Fatal(err)
	}
}

func run(dir, out string, check bool) error {
	tools, err := findLLVM()
	if err != nil {
		return err
	}
	functions, err := assemble(dir)
	if err != nil {
		return err
	}
	t := table{llvm: tools.version}
	for _, l := range loops {
		row, err := predict(tools, l, functions)
		if err != nil {
			return fmt.Errorf("%s: %w", l.function, err)
		}
		t.rows = append(t.rows, row)
	}
	if check {
		fmt.Print(t.text())
		return t.check()
	}
	if err := os.WriteFile(out, []byte(t.text()), 0o666); err != nil {
		return err
	}
	return t.check()
}

// predict simulates a loop on every CPU.
func predict(tools llvm, l loop, functions map[string]*function) (row, error) {
	f := functions[l.function]
	if f == nil {
		return row{}, errors.New("there is no such function")
	}
	body, err := f.body(l.label)
	if err != nil {
		return row{}, err
	}
	code, err := tools.disassemble(body)
	if err != nil {
		return row{}, err
	}
	r := row{loop: l, instructions: len(body), multiplyAdds: countMultiplyAdds(code)}
	if r.multiplyAdds == 0 {
		return row{}, fmt.Errorf("no multiply-add between %s: and its last branch", l.label)
	}
	for _, c := range cpus {
		cycles, err := tools.cycles(c.name, code)
		if err != nil {
			return row{}, err
		}
		peak, err := tools.peak(c.name, code)
		if err != nil {
			return row{}, err
		}
		r.shares = append(r.shares, float64(r.multiplyAdds)/cycles/peak)
	}
	return r, nil
}
