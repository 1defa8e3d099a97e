package main

import (
	"encoding/binary"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/arch/arm64/arm64asm"
)

// The tests here read the assembly of the whole repository for arm64.

// sources returns the lines of every file.
func sources(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_arm64.s") {
			return err
		}
		text, err := os.ReadFile(path)
		all[path] = strings.Split(string(text), "\n")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < len(families) {
		t.Fatalf("%d files of assembly, of %d families", len(all), len(families))
	}
	return all
}

var word = regexp.MustCompile(`^\tWORD\s+\$(0x[0-9a-f]{8}) // (.*)$`)

// Every WORD is the instruction that its comment says.
func TestWords(t *testing.T) {
	words := 0
	for path, lines := range sources(t) {
		for i, line := range lines {
			if !strings.Contains(line, "WORD") {
				continue
			}
			m := word.FindStringSubmatch(line)
			if m == nil {
				t.Errorf("%s:%d: not a WORD with a comment: %s", path, i+1, line)
				continue
			}
			words++
			if got := decoded(t, m[1]); got != m[2] {
				t.Errorf("%s:%d: %s is %s, not %s", path, i+1, m[1], got, m[2])
			}
		}
	}
	if words < 1000 {
		t.Errorf("only %d words", words)
	}
}

// decoded returns the instruction as Go's assembler of today or tomorrow has it:
// the disassembler's names of some vector instructions still lack the V.
func decoded(t *testing.T, bits string) string {
	t.Helper()
	w, err := strconv.ParseUint(bits, 0, 32)
	if err != nil {
		t.Fatal(err)
	}
	i, err := arm64asm.Decode(binary.LittleEndian.AppendUint32(nil, uint32(w)))
	if err != nil {
		t.Fatalf("%s: %v", bits, err)
	}
	text := arm64asm.GoSyntax(i, 0, nil, nil)
	if strings.Contains(text, ".S4") && text[0] != 'V' {
		text = "V" + text
	}
	return text
}

// A comment that is wrong is seen.
func TestDecoded(t *testing.T) {
	for bits, want := range map[string]string{
		"0x4fbf1046": "VFMLA V31.S[1], V2.S4, V6.S4",
		"0x4e23d441": "VFADD V3.S4, V2.S4, V1.S4",
		"0x3ce26890": "FMOVQ (R4)(R2), F16",
	} {
		if got := decoded(t, bits); got != want {
			t.Errorf("%s is %s, not %s", bits, got, want)
		}
	}
}

var reserved = regexp.MustCompile(`\b(R18|R18_PLATFORM|R27|REGTMP|R28|g|R29|R30|LR|RSP)\b`)

// R18 belongs to the operating system, R27 to the assembler, R28 is the goroutine;
// and functions have no frame.
func TestReservedRegisters(t *testing.T) {
	frame := regexp.MustCompile(`^TEXT ·\w+\(SB\), NOSPLIT, \$0-\d+$`)
	for path, lines := range sources(t) {
		for i, line := range lines {
			if strings.HasPrefix(line, "TEXT") && !frame.MatchString(line) {
				t.Errorf("%s:%d: a frame: %s", path, i+1, line)
			}
			if strings.HasPrefix(line, "\t") && reserved.MatchString(line) {
				t.Errorf("%s:%d: a reserved register: %s", path, i+1, line)
			}
		}
	}
}
