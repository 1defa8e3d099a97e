package main

import (
	"encoding/binary"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/arch/arm64/arm64asm"
)

// The tests here read the assembly of all kernels for arm64.

// sources returns the lines of every file.
func sources(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	err := filepath.WalkDir("../../internal/asm", func(path string, d fs.DirEntry, err error) error {
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
	if (strings.Contains(text, ".S4") || strings.Contains(text, ".D2")) && text[0] != 'V' {
		text = "V" + text
	}
	return text
}

// A comment that is wrong is seen.
func TestDecoded(t *testing.T) {
	for bits, want := range map[string]string{
		"0x4fbf1046": "VFMLA V31.S[1], V2.S4, V6.S4",
		"0x4e23d441": "VFADD V3.S4, V2.S4, V1.S4",
		"0x4e63d441": "VFADD V3.D2, V2.D2, V1.D2",
		"0x3ce26890": "FMOVQ (R4)(R2), F16",
	} {
		if got := decoded(t, bits); got != want {
			t.Errorf("%s is %s, not %s", bits, got, want)
		}
	}
}

// armv8 is all instructions that may occur, each in Armv8.0-A with Advanced SIMD (Arm
// ARM, C6 and C7.2). What is not here fails the test: look up in what version of the
// architecture it came.
var armv8 = strings.Fields(`
	ADD ADDS AND LSL LSR MADD MUL NEG SUB SUBS MOVD MOVWU CMP
	B BEQ BGE BLT BNE CBZ TBNZ TBZ RET PRFM
	FMOVD FMOVQ FMOVS VLD1 VLD1R VST1
	VADD VADDV VAND VBSL VCMLT VCMTST VDUP VMOV VMOVI VORR VSHL VSMIN VSSHR VSUB VTBL VZIP1 VZIP2
	VFABS VFADD VFCMEQ VFCMGE VFCMGT VFCVTL VFCVTL2 VFDIV VFMAX VFMIN VFMLA VFMLS VFMUL VFNEG VFSQRT VFSUB`)

// The arithmetic of half precision, Armv8.2-A, has mnemonics of Armv8.0-A.
var half = regexp.MustCompile(`^VF.*\.(H|H4|H8)\b|^FMOVH`)

// later tells what is wrong with an instruction, as assembly has it, on a CPU of
// Armv8.0-A; "" means nothing.
func later(instruction string) string {
	mnemonic, _, _ := strings.Cut(strings.Fields(instruction)[0], ".") // VLD1.P
	switch {
	case !slices.Contains(armv8, mnemonic):
		return "is not known to be in Armv8.0-A"
	case half.MatchString(instruction):
		return "is of half precision"
	}
	return ""
}

// Every 64-bit Arm CPU has all instructions. Those that are written as a WORD are
// decoded: their comments do not count.
func TestInstructionsAreOfEveryCPU(t *testing.T) {
	for path, lines := range sources(t) {
		for i, line := range lines {
			if !strings.HasPrefix(line, "\t") {
				continue
			}
			instruction := strings.TrimSpace(line)
			if m := word.FindStringSubmatch(line); m != nil {
				instruction = decoded(t, m[1])
			}
			if why := later(instruction); why != "" {
				t.Errorf("%s:%d: %s %s", path, i+1, instruction, why)
			}
		}
	}
}

func TestLaterInstructionsAreSeen(t *testing.T) {
	for instruction, known := range map[string]bool{
		"VFMLA V1.S4, V2.S4, V3.S4":     true,
		"VFMLA V1.H8, V2.H8, V3.H8":     false, // Armv8.2-A FP16
		"VFMLA V1.H[0], V2.H8, V3.H8":   false,
		"VTBL V1.B16, [V2.B16], V3.B16": true,
		"VUDOT V1.B16, V2.B16, V3.S4":   false, // Armv8.2-A DotProd
		"LDADDD R1, (R2), R3":           false, // Armv8.1-A LSE
		"VLD1.P 64(R7), [V0.S4]":        true,
	} {
		if (later(instruction) == "") != known {
			t.Errorf("%s: %q", instruction, later(instruction))
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
