package dispatch

import (
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The tests here read the generated assembly for what running it does not show.

// function is what a file of assembly says of one function.
type function struct {
	name     string
	requires []string // of the CPU, as avo found out
	code     []string // instructions and labels, without comments
}

// source is a file of assembly, such as avx2/pointwise_amd64.s.
type source struct {
	name, set, arch string
	functions       []function
}

func sources(t *testing.T) []source {
	t.Helper()
	paths, err := filepath.Glob("../asm/*/*.s")
	require.NoError(t, err)
	require.NotEmpty(t, paths, "the tests run without the sources beside them")
	var all []source
	for _, path := range paths {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		dir, name := filepath.Split(path)
		parts := strings.Split(strings.TrimSuffix(name, ".s"), "_")
		require.GreaterOrEqual(t, len(parts), 2, "%s is not named after a kernel and an architecture", path)
		set := filepath.Base(dir)
		s := source{name: set + "/" + name, set: set, arch: parts[len(parts)-1], functions: functions(string(text))}
		require.NotEmpty(t, s.functions, name)
		all = append(all, s)
	}
	return all
}

var (
	text     = regexp.MustCompile(`^TEXT ·(\w+)\(SB\)`)
	requires = "// Requires: "
)

// functions parses assembly as avo prints it: an instruction or label a line.
func functions(assembly string) []function {
	var all []function
	var needs []string
	for _, line := range strings.Split(assembly, "\n") {
		if list, ok := strings.CutPrefix(line, requires); ok {
			needs = strings.Split(list, ", ")
		}
		line, _, _ = strings.Cut(line, "//")
		line = strings.TrimSpace(line)
		if m := text.FindStringSubmatch(line); m != nil {
			all = append(all, function{name: m[1], requires: needs})
			needs = nil
		} else if line != "" && line[0] != '#' && len(all) > 0 {
			f := &all[len(all)-1]
			f.code = append(f.code, line)
		}
	}
	return all
}

// Without VZEROUPPER the SSE instructions of the Go code that follows are slow, on
// some CPUs many times.
func TestVectorsAreClearedBeforeReturning(t *testing.T) {
	for _, s := range sources(t) {
		for _, f := range s.functions {
			if bad := uncleared(f.code); s.arch == "amd64" && bad != "" {
				t.Errorf("%s: %s: %s", s.name, f.name, bad)
			}
		}
	}
}

var (
	wideRegister = regexp.MustCompile(`\b[YZ][0-9]+\b`)
	leaves       = regexp.MustCompile(`^(RET|JMP\s.*\(SB\))$`)
)

// uncleared says which way out of a function that uses wide registers does not
// clear them right before; "" means none.
func uncleared(code []string) string {
	if !slices.ContainsFunc(code, wideRegister.MatchString) {
		return ""
	}
	ways := 0
	for i, line := range code {
		if !leaves.MatchString(line) {
			continue
		}
		ways++
		if i == 0 || code[i-1] != "VZEROUPPER" {
			return line + " does not follow VZEROUPPER but " + code[max(i-1, 0)]
		}
	}
	if ways == 0 {
		return "no RET was found"
	}
	return ""
}

func TestUnclearedVectorsAreSeen(t *testing.T) {
	require.Empty(t, uncleared([]string{"XORQ AX, AX", "RET"}))
	require.Empty(t, uncleared([]string{"VXORPS Y0, Y0, Y0", "VZEROUPPER", "RET"}))
	require.Contains(t, uncleared([]string{"VXORPS Z0, Z0, Z0", "RET"}), "RET does not follow")
	require.Contains(t, uncleared([]string{"VXORPS Y0, Y0, Y0", "VZEROUPPER", "out:", "RET"}), "but out:")
	require.Contains(t, uncleared([]string{"RET", "VXORPS Y0, Y0, Y0", "VZEROUPPER", "RET"}), "RET does not follow")
	require.Contains(t, uncleared([]string{"VXORPS Y0, Y0, Y0", "JMP ·other(SB)"}), "JMP")
	require.Contains(t, uncleared([]string{"VXORPS Y0, Y0, Y0"}), "no RET")
}

// baseline is what every amd64 CPU has, in avo's words. MMX+ is what came with SSE,
// such as PREFETCHT0.
var baseline = []string{"CMOV", "MMX", "MMX+", "SSE", "SSE2"}

// What avo found that a function needs, the table's row asks of the CPU.
func TestRowsRequireWhatTheirFunctionsDo(t *testing.T) {
	rows := assembly(detected())
	if len(rows) == 0 {
		t.Skip("built without assembly")
	}
	files := map[string]int{}
	asked := map[string][]string{}
	for _, r := range rows {
		asked[r.Name] = r.Requires
	}
	for _, s := range sources(t) {
		if s.arch != runtime.GOARCH {
			continue
		}
		require.Contains(t, asked, s.set, "%s is of no set in the table", s.name)
		files[s.set]++
		for _, f := range s.functions {
			for _, feature := range f.requires {
				if !slices.Contains(baseline, feature) {
					require.Contains(t, asked[s.set], feature, "%s: %s needs what the row of %s does not require", s.name, f.name, s.set)
				}
			}
		}
	}
	for _, r := range rows {
		require.Positive(t, files[r.Name], "set %s has no files", r.Name)
	}
}

// Kernels of avx2 must not name the registers that only AVX-512 has, which the
// generator does not prevent.
func TestRegisters(t *testing.T) {
	later := regexp.MustCompile(`[(\s,][XY](1[6-9]|2\d|3[01])\b|\b[ZK]\d`)
	for _, s := range sources(t) {
		for _, f := range s.functions {
			for _, line := range f.code {
				if s.set == "avx2" && later.MatchString(line) {
					t.Errorf("%s: %s: %s", s.name, f.name, line)
				}
			}
		}
	}
}

// A feature that package dispatch does not know would rule a set out everywhere.
func TestRequiredFeaturesAreKnown(t *testing.T) {
	for _, r := range assembly(detected()) {
		for _, feature := range r.Requires {
			require.Contains(t, detected().Features, feature, "which %s requires", r.Name)
		}
	}
}
