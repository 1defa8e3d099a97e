package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// function is a function of assembly as Go assembles it.
type function struct {
	source []string // the lines of its file
	first  int      // the line of its TEXT, from 0
	words  []word
}

// word is an instruction and the line of the file it comes from.
type word struct {
	line int
	bits uint32
}

// body returns the instructions from a label to the last branch back to it.
func (f *function) body(label string) ([]uint32, error) {
	begin, end := -1, -1
	branch := regexp.MustCompile(`^\tC?B\w*\s+(.*, )?` + label + `$`)
	for i := f.first + 1; i < len(f.source) && !strings.HasPrefix(f.source[i], "TEXT"); i++ {
		if f.source[i] == label+":" {
			begin = i
		} else if branch.MatchString(f.source[i]) && begin >= 0 {
			end = i
		}
	}
	if end < 0 {
		return nil, fmt.Errorf("no loop %s", label)
	}
	var body []uint32
	for _, w := range f.words {
		if w.line > begin && w.line <= end {
			body = append(body, w.bits)
		}
	}
	return body, nil
}

// assemble returns the functions of the arm64 files in dir.
func assemble(dir string) (map[string]*function, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*_arm64.s"))
	if err != nil || len(paths) == 0 {
		return nil, fmt.Errorf("no files *_arm64.s in %s", dir)
	}
	root, err := command("", "go", "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	temp, err := os.MkdirTemp("", "predicted")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(temp)
	object := filepath.Join(temp, "object")
	include := filepath.Join(strings.TrimSpace(root), "pkg", "include")
	all := map[string]*function{}
	for _, path := range paths {
		if _, err := command("", "go", "tool", "asm", "-I", include, "-p", "neon", "-o", object, path); err != nil {
			return nil, err
		}
		listing, err := command("", "go", "tool", "objdump", object)
		if err != nil {
			return nil, err
		}
		source, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if err := add(all, listing, strings.Split(string(source), "\n")); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return all, nil
}

var (
	listedFunction    = regexp.MustCompile(`^TEXT \w+\.(\w+)\(SB\)`)
	listedInstruction = regexp.MustCompile(`^\s*\S+\.s:(\d+)\s+0x[0-9a-f]+\s+([0-9a-f]{8})\s`)
)

// add adds the functions that the disassembler has listed of a file.
func add(all map[string]*function, listing string, source []string) error {
	var f *function
	for _, line := range strings.Split(listing, "\n") {
		if m := listedFunction.FindStringSubmatch(line); m != nil {
			f = &function{source: source, first: -1}
			for i, text := range source {
				if strings.HasPrefix(text, "TEXT ·"+m[1]+"(SB)") {
					f.first = i
				}
			}
			if f.first < 0 {
				return fmt.Errorf("no TEXT of %s", m[1])
			}
			all[m[1]] = f
		} else if m := listedInstruction.FindStringSubmatch(line); m != nil && f != nil {
			number, err := strconv.Atoi(m[1])
			if err != nil {
				return err
			}
			bits, err := strconv.ParseUint(m[2], 16, 32)
			if err != nil {
				return err
			}
			f.words = append(f.words, word{number - 1, uint32(bits)})
		}
	}
	return nil
}

// command runs a program, for arm64 if it is Go's, and returns what it prints.
func command(input, name string, arguments ...string) (string, error) {
	c := exec.Command(name, arguments...)
	c.Env = append(os.Environ(), "GOARCH=arm64")
	c.Stdin = strings.NewReader(input)
	var problems bytes.Buffer
	c.Stderr = &problems
	out, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w: %s", strings.Join(c.Args, " "), err, problems.String())
	}
	return string(out), nil
}
