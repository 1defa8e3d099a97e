// Package dispatch holds the table of instruction sets and picks from it once,
// at startup.
package dispatch

import (
	"fmt"
	"os"
	"strings"

	"github.com/klauspost/cpuid/v2"
	"github.com/sepconv/go/internal/generic"
	"github.com/sepconv/go/internal/kernel"
)

// Variable is the environment variable that names the set to use instead of the
// best one.
const Variable = "SEPCONV_KERNEL"

// sets are the rows that this CPU can run, best first.
var sets = available(rows(detected()), detected())

// rows returns the table for a CPU, best first: the sets of assembly that there are
// for its architecture, and generic. Each row says what it requires.
func rows(cpu kernel.CPU) []kernel.Set { return append(assembly(cpu), generic.Set()) }

// available returns the rows that the CPU can run.
func available(rows []kernel.Set, cpu kernel.CPU) (sets []*kernel.Set) {
	for _, r := range rows {
		if cpu.Runs(&r) {
			sets = append(sets, row(r))
		}
	}
	return sets
}

// row completes a set with package generic where it leaves a kernel out.
func row(s kernel.Set) *kernel.Set {
	base := generic.Set()
	for f, k := range s.Activate {
		if k == nil {
			s.Activate[f] = base.Activate[f]
		}
	}
	for f, k := range s.Pullback {
		if k == nil {
			s.Pullback[f] = base.Pullback[f]
		}
	}
	if s.Gate == nil {
		s.Gate = base.Gate
	}
	return &s
}

// Sets returns the sets that this CPU can run, best first.
func Sets() []*kernel.Set { return sets }

// Names returns the names of Sets.
func Names() []string { return namesOf(sets) }

func namesOf(sets []*kernel.Set) []string {
	names := make([]string, len(sets))
	for i, s := range sets {
		names[i] = s.Name
	}
	return names
}

// Pick returns the set of the given name; for "" the one that the environment
// variable names, or else the best.
func Pick(name string) (*kernel.Set, error) { return pick(sets, name, os.Getenv(Variable)) }

// Default returns the set that Pick("") does, and the best one where that is an
// error: for what has no error to return, and the same bits from every set.
func Default() *kernel.Set {
	if set, err := Pick(""); err == nil {
		return set
	}
	return sets[0]
}

// pick is Pick from sets, of which there is at least one.
func pick(sets []*kernel.Set, name, variable string) (*kernel.Set, error) {
	source := "kernel"
	if name == "" {
		name, source = variable, Variable
	}
	if name == "" {
		return sets[0], nil
	}
	for _, s := range sets {
		if s.Name == name {
			return s, nil
		}
	}
	return nil, fmt.Errorf("%s is %q; this CPU can run %s", source, name, strings.Join(namesOf(sets), ", "))
}

// Caches returns the bytes of data cache that one core has to itself at the
// first and second level, and those of the last level, which it shares. Where the CPU
// does not tell, as on arm64 and under some hypervisors, the first two are what small
// cores have, and l3 is 0.
func Caches() (l1, l2, l3 int) {
	l1, l2, l3 = cpuid.CPU.Cache.L1D, cpuid.CPU.Cache.L2, max(cpuid.CPU.Cache.L3, 0)
	if l1 <= 0 {
		l1 = 32 << 10
	}
	if l2 <= 0 {
		l2 = 256 << 10
	}
	return l1, l2, l3
}
