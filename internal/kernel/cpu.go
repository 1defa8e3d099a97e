package kernel

// CPU is what a set can be made to measure for. (Sets whose vectors have the same
// length everywhere need none of it.)
type CPU struct {
	// Features are what the CPU has and the system allows, in the words of the
	// assembler's documentation: "AVX2", "FMA3".
	Features map[string]bool
}

// Runs reports whether the CPU has all that a set requires.
func (c *CPU) Runs(s *Set) bool {
	for _, feature := range s.Requires {
		if !c.Features[feature] {
			return false
		}
	}
	return true
}
