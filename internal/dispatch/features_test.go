package dispatch

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// Where a machine is known to have sets, a run that silently goes without proves
// nothing. requireVariable lists sets that must be there, setsVariable all that
// there are, best first; names are separated by commas.
const (
	requireVariable = "SEPCONV_REQUIRE"
	setsVariable    = "SEPCONV_SETS"
)

func TestRequiredSetsAreHere(t *testing.T) {
	for _, name := range listIn(requireVariable) {
		require.Contains(t, Names(), name, "%s asks for it", requireVariable)
	}
	if want := listIn(setsVariable); len(want) > 0 {
		require.Equal(t, want, Names(), "%s asks for these", setsVariable)
	}
}

// listIn returns the names in an environment variable.
func listIn(variable string) []string {
	return strings.FieldsFunc(os.Getenv(variable), func(r rune) bool { return r == ',' || r == ' ' })
}

// GODEBUG=cpu.avx2=off and its like leave the sets that require the feature out,
// so that each set can be tested, and timed, on a CPU that has better ones.
func TestFeaturesCanBeTurnedOff(t *testing.T) {
	rows := assembly(detected())
	if len(rows) == 0 {
		t.Skip("built without assembly")
	}
	require.Equal(t, Names(), namesWith(t, os.Getenv("GODEBUG")))
	for _, r := range rows {
		if len(r.Requires) == 0 {
			continue
		}
		require.NotContains(t, namesWith(t, "cpu.all=off"), r.Name)
		for _, feature := range r.Requires {
			option := fmt.Sprintf("cpu.%s=off", optionOf(feature))
			require.NotContains(t, namesWith(t, option), r.Name, option)
		}
	}
}

// optionOf returns the name that GODEBUG has for a feature.
func optionOf(feature string) string {
	if feature == "FMA3" {
		return "fma"
	}
	return strings.ToLower(feature)
}

// namesWith returns the names that this program has for the sets when it runs with
// these options in GODEBUG.
func namesWith(t *testing.T, options string) []string {
	t.Helper()
	c := exec.Command(os.Args[0], "-test.run=^TestPrintNames$", "-test.v")
	c.Env = append(os.Environ(), "GODEBUG="+options, printVariable+"=1", requireVariable+"=", setsVariable+"=")
	out, err := c.Output()
	if errors.Is(err, syscall.ENOEXEC) {
		t.Skip("the machine cannot run this program but on an emulator: .ci/qemu makes it start others there too")
	}
	require.NoError(t, err, "%s: %s", options, out)
	_, list, found := strings.Cut(string(out), printed)
	require.True(t, found, "%s: %s", options, out)
	list, _, _ = strings.Cut(list, "\n")
	return strings.Split(list, ",")
}

const (
	printVariable = "SEPCONV_PRINT_NAMES"
	printed       = "sets: "
)

// TestPrintNames is what TestFeaturesCanBeTurnedOff runs.
func TestPrintNames(t *testing.T) {
	if os.Getenv(printVariable) == "" {
		t.Skip("run by TestFeaturesCanBeTurnedOff")
	}
	fmt.Printf("%s%s\n", printed, strings.Join(Names(), ","))
}
