package dispatch

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// encodings is what an instruction needs of an amd64 CPU, by Intel's manual (SDM
// volume 2): in its VEX encoding, which has 16 registers of 128 or 256 bits, and in
// its EVEX encoding, which has all registers and the masks. "" means that there is
// none.
type encodings struct{ vex, evex string }

// instructions is all that may occur in the assembly for amd64. What is not here
// fails the test: look up what it needs.
var instructions = map[string]encodings{
	"VADDPS": {"AVX", "AVX512F"}, "VSUBPS": {"AVX", "AVX512F"}, "VMULPS": {"AVX", "AVX512F"}, "VDIVPS": {"AVX", "AVX512F"},
	"VMAXPS": {"AVX", "AVX512F"}, "VMINPS": {"AVX", "AVX512F"}, "VSQRTPS": {"AVX", "AVX512F"}, "VCMPPS": {"AVX", "AVX512F"},
	"VMOVAPS": {"AVX", "AVX512F"}, "VMOVSS": {"AVX", "AVX512F"}, "VMOVSD": {"AVX", "AVX512F"}, "VMOVUPD": {"AVX", "AVX512F"},
	"VADDPD": {"AVX", "AVX512F"}, "VADDSD": {"AVX", "AVX512F"}, "VCVTPS2PD": {"AVX", "AVX512F"}, "VCVTSS2SD": {"AVX", "AVX512F"}, "VMOVUPS": {"AVX", "AVX512F"}, "VMOVNTPS": {"AVX", "AVX512F"},
	"VBROADCASTSS": {"AVX", "AVX512F"}, // of memory: see needsOf
	"VSHUFPS":      {"AVX", "AVX512F"}, "VUNPCKHPS": {"AVX", "AVX512F"}, "VUNPCKLPS": {"AVX", "AVX512F"},
	"VANDPS": {"AVX", "AVX512DQ"}, "VORPS": {"AVX", "AVX512DQ"}, "VXORPS": {"AVX", "AVX512DQ"},
	"VBLENDVPS": {"AVX", ""}, "VMASKMOVPS": {"AVX", ""}, "VPERM2F128": {"AVX", ""}, "VEXTRACTF128": {"AVX", ""},
	"VMOVLPS": {"AVX", "AVX512F"}, "VMOVHPS": {"AVX", "AVX512F"}, "VALIGND": {"", "AVX512F"}, "VZEROUPPER": {"AVX", ""},
	"VPADDD": {"AVX2", "AVX512F"}, "VPSUBD": {"AVX2", "AVX512F"}, "VPMINSD": {"AVX2", "AVX512F"},
	"VPSLLD": {"AVX2", "AVX512F"}, "VPSRAD": {"AVX2", "AVX512F"}, "VPERMPS": {"AVX2", "AVX512F"},
	"VFMADD213PS": {"FMA3", "AVX512F"}, "VFMADD132PS": {"FMA3", "AVX512F"}, "VFMADD231PS": {"FMA3", "AVX512F"}, "VFMSUB213PS": {"FMA3", "AVX512F"}, "VFNMADD231PS": {"FMA3", "AVX512F"},
	"VMOVMSKPS": {"AVX", ""}, "VMOVD": {"AVX", "AVX512F"}, "VMOVQ": {"AVX", "AVX512F"}, "VPBROADCASTD": {"AVX2", "AVX512F"},
	"VPAND": {"AVX2", ""}, "VPCMPEQD": {"AVX2", "AVX512F"}, "VPBROADCASTB": {"AVX2", "AVX512BW"}, "VPMOVZXBD": {"AVX2", "AVX512F"},
	"VBLENDMPS": {"", "AVX512F"}, "VPMOVD2M": {"", "AVX512DQ"}, "KMOVW": {"", "AVX512F"}, "KMOVD": {"", "AVX512BW"}, "KUNPCKWD": {"", "AVX512BW"},
}

// general is the instructions without vectors that every amd64 CPU has.
var general = strings.Fields(`
	ADDQ ANDQ BTQ CMOVQGT CMPQ DECQ IMUL3Q IMULQ LEAQ MOVL MOVQ NEGQ ORL ORQ SHLL SHLQ SHRQ SUBQ TESTQ XCHGQ XORQ
	JCC JCS JG JGE JL JLT JMP JNE JNZ JZ RET PREFETCHT0 PREFETCHT1 SFENCE`)

var (
	label        = regexp.MustCompile(`^\w+:$`)
	anyVector    = regexp.MustCompile(`\b[XYZK]\d+\b`)
	evexRegister = regexp.MustCompile(`\b(Z\d+|K\d|[XY](1[6-9]|2\d|3[01]))\b`)
	shorter      = regexp.MustCompile(`\b[XY]\d+\b`)
	fromRegister = regexp.MustCompile(`^X\d+,`)
)

// needsOf returns what a line of amd64 assembly needs of the CPU.
func needsOf(line string) ([]string, error) {
	mnemonic, operands, _ := strings.Cut(line, " ")
	mnemonic, _, _ = strings.Cut(mnemonic, ".") // VMOVUPS.Z
	operands = strings.TrimSpace(operands)
	if slices.Contains(general, mnemonic) && !anyVector.MatchString(operands) {
		return nil, nil
	}
	e, known := instructions[mnemonic]
	if !known {
		return nil, fmt.Errorf("nothing is known of %q", line)
	}
	if !evexRegister.MatchString(operands) {
		need := e.vex
		if mnemonic == "VBROADCASTSS" && fromRegister.MatchString(operands) {
			need = "AVX2"
		}
		if need == "" {
			return nil, fmt.Errorf("%q has no VEX encoding", line)
		}
		return []string{need}, nil
	}
	if e.evex == "" {
		return nil, fmt.Errorf("%q has no EVEX encoding", line)
	}
	if shorter.MatchString(operands) {
		return []string{e.evex, "AVX512VL"}, nil
	}
	return []string{e.evex}, nil
}

// Functions need of the CPU just what avo says, by a table of ours, and the row of
// their set asks for it.
func TestInstructionsAreOfTheSet(t *testing.T) {
	asked := map[string][]string{}
	for _, r := range assembly(detected()) {
		asked[r.Name] = r.Requires
	}
	for _, s := range sources(t) {
		if s.arch != "amd64" {
			continue // package main of gen/neon has the test of the other
		}
		for _, f := range s.functions {
			var needed []string
			for _, line := range f.code {
				if strings.HasPrefix(line, "DATA") || strings.HasPrefix(line, "GLOBL") || label.MatchString(line) {
					continue
				}
				needs, err := needsOf(line)
				require.NoError(t, err, "%s: %s", s.name, f.name)
				for _, need := range needs {
					if !slices.Contains(needed, need) {
						needed = append(needed, need)
					}
				}
			}
			said := slices.DeleteFunc(slices.Clone(f.requires), func(feature string) bool { return slices.Contains(baseline, feature) })
			require.ElementsMatch(t, said, needed, "%s: %s", s.name, f.name)
			if requires, here := asked[s.set]; here {
				require.Subset(t, requires, needed, "%s: %s", s.name, f.name)
			}
		}
	}
}

func TestNeedsOfInstructions(t *testing.T) {
	for line, want := range map[string][]string{
		"MOVQ (AX), CX":                 nil,
		"VADDPS Y1, Y2, Y3":             {"AVX"},
		"VADDPS X1, X2, X15":            {"AVX"},
		"VADDPS X1, X2, X16":            {"AVX512F", "AVX512VL"},
		"VADDPS Z1, Z2, Z3":             {"AVX512F"},
		"VXORPS Z1, Z2, Z3":             {"AVX512DQ"},
		"VPADDD ones<>+0(SB), Y0, Y2":   {"AVX2"},
		"VBROADCASTSS (AX)(CX*4), Y1":   {"AVX"},
		"VBROADCASTSS X1, Y1":           {"AVX2"},
		"VMOVUPS.Z (AX), K1, Z2":        {"AVX512F"},
		"VMOVUPS.Z (AX), K1, Y2":        {"AVX512F", "AVX512VL"},
		"VCMPPS $0x01, Z1, Z2, K3":      {"AVX512F"},
		"VFMADD231PS (AX), Y0, Y1":      {"FMA3"},
		"VFMADD231PS.BCST (AX), Z0, Z1": {"AVX512F"},
	} {
		needs, err := needsOf(line)
		require.NoError(t, err, line)
		require.Equal(t, want, needs, line)
	}
	for line, says := range map[string]string{
		"VPERMILPS $1, Y0, Y1":      "nothing is known",
		"MOVQ AX, X1":               "nothing is known",
		"VBLENDVPS Y1, Y2, Y3, Y16": "no EVEX",
		"VBLENDMPS Y1, Y2, Y3":      "no VEX",
	} {
		_, err := needsOf(line)
		require.ErrorContains(t, err, says, line)
	}
}

// R15 is where the assembler finds global data in plugins and their like, and BP is
// the frame pointer, which profilers follow. R14, the goroutine, an assembly function
// may use: who calls it from Go gets R14 back from thread-local storage.
func TestReservedRegistersAreNotUsed(t *testing.T) {
	reserved := regexp.MustCompile(`\b(R15|BP)\b`)
	for _, s := range sources(t) {
		for _, f := range s.functions {
			for _, line := range f.code {
				if s.arch == "amd64" && reserved.MatchString(line) {
					t.Errorf("%s: %s: %s", s.name, f.name, line)
				}
			}
		}
	}
}
