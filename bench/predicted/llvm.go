package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// llvm is the tools of one version.
type llvm struct {
	mc, mca string
	version string
}

var numbered = regexp.MustCompile(`^llvm-mca(?:-(\d+))?$`)

// findLLVM finds the newest version: Debian numbers its programs.
func findLLVM() (llvm, error) {
	newest, found := -1, ""
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		programs, _ := filepath.Glob(filepath.Join(dir, "llvm-mca*"))
		for _, p := range programs {
			m := numbered.FindStringSubmatch(filepath.Base(p))
			if m == nil {
				continue
			}
			n, _ := strconv.Atoi(m[1]) // without a number it comes last
			if n > newest {
				newest, found = n, p
			}
		}
	}
	if found == "" {
		return llvm{}, fmt.Errorf("no llvm-mca in PATH; on Debian: apt-get install llvm-22, or a newer one")
	}
	t := llvm{mca: found, mc: strings.Replace(found, "llvm-mca", "llvm-mc", 1)}
	out, err := command("", t.mca, "--version")
	if err != nil {
		return t, err
	}
	t.version = regexp.MustCompile(`LLVM version (\S+)`).FindString(out)
	return t, nil
}

const triple = "-mtriple=aarch64"

// disassemble returns a line of assembly for each instruction.
func (t llvm) disassemble(body []uint32) ([]string, error) {
	var bytes strings.Builder
	for _, w := range body {
		fmt.Fprintf(&bytes, "%#x %#x %#x %#x\n", w&0xff, w>>8&0xff, w>>16&0xff, w>>24)
	}
	out, err := command(bytes.String(), t.mc, "-disassemble", strings.Replace(triple, "-mtriple", "-triple", 1))
	if err != nil {
		return nil, err
	}
	var code []string
	for _, line := range strings.Split(out, "\n") {
		if line = strings.TrimSpace(line); line != "" && line[0] != '.' {
			code = append(code, line)
		}
	}
	if len(code) != len(body) {
		return nil, fmt.Errorf("of %d instructions llvm-mc knows %d", len(body), len(code))
	}
	return code, nil
}

var totalCycles = regexp.MustCompile(`Total Cycles:\s+(\d+)`)

// cycles returns how many an iteration of a loop takes on a CPU in the long run.
// The data is in the first-level cache, and branches are predicted.
func (t llvm) cycles(cpu string, code []string) (float64, error) {
	total := func(iterations int) (float64, error) {
		out, err := command(strings.Join(code, "\n")+"\n", t.mca, triple, "-mcpu="+cpu, fmt.Sprintf("-iterations=%d", iterations))
		if err != nil {
			return 0, err
		}
		m := totalCycles.FindStringSubmatch(out)
		if m == nil {
			return 0, fmt.Errorf("llvm-mca prints no cycles for %s", cpu)
		}
		return strconv.ParseFloat(m[1], 64)
	}
	// The difference leaves out how the pipeline fills and empties.
	const few, many = 100, 600
	first, err := total(few)
	if err != nil {
		return 0, err
	}
	last, err := total(many)
	return (last - first) / (many - few), err
}

// peak returns the multiply-adds a cycle that a CPU does when they wait for
// nothing, of the form that the code has: by element or not.
func (t llvm) peak(cpu string, code []string) (float64, error) {
	const chains = 24
	factor := "v31.4s"
	for _, line := range code {
		if isMultiplyAdd(line) && strings.HasSuffix(line, "]") {
			factor = "v15.s[1]"
		}
	}
	var independent []string
	for i := range chains {
		sum := i
		if sum >= 15 {
			sum++
		}
		independent = append(independent, fmt.Sprintf("fmla v%d.4s, v30.4s, %s", sum, factor))
	}
	cycles, err := t.cycles(cpu, independent)
	return chains / cycles, err
}

func isMultiplyAdd(line string) bool { return strings.HasPrefix(line, "fmla") }

func countMultiplyAdds(code []string) int {
	n := 0
	for _, line := range code {
		if isMultiplyAdd(line) {
			n++
		}
	}
	return n
}
