package dispatch

import (
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/cpu"
)

// Each feature is the one of its name: also those of CPUs that the tests do not run
// on. Of all that x/sys/cpu knows one at a time is off.
func TestFeaturesAreThoseOfTheirNames(t *testing.T) {
	before := cpu.X86
	defer func() { cpu.X86 = before }()
	fields := reflect.ValueOf(&cpu.X86).Elem()
	for i := range fields.NumField() {
		if f := fields.Field(i); f.Kind() == reflect.Bool {
			f.SetBool(true)
		}
	}
	for name := range detected().Features {
		f := fields.FieldByName("Has" + strings.TrimSuffix(name, "3")) // FMA3 is the assembler's word
		f.SetBool(false)
		for other, there := range detected().Features {
			require.Equal(t, other != name, there, "%s, without %s", other, name)
		}
		f.SetBool(true)
	}
}
