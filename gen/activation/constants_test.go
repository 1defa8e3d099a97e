package activation

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The constants are those of package generic, to the last bit.
func TestConstants(t *testing.T) {
	generic := constantsOf(t, "../../internal/generic")
	found := 0
	for name, got := range floats {
		sign := float32(1)
		if rest, ok := strings.CutPrefix(name, "minusLn2"); ok {
			name, sign = "ln2"+rest, -1
		}
		want, ok := generic[name]
		if !ok {
			continue
		}
		found++
		if got != sign*want {
			t.Errorf("%s is %x, in package generic %x", name, got, sign*want)
		}
	}
	if found < 55 {
		t.Errorf("only %d constants have the names of package generic's", found)
	}
}

// The last bits of some coefficients change so few results that no test of values
// sees them. Who changes a constant has to say why.
func TestConstantsArePinned(t *testing.T) {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(floats)) {
		fmt.Fprintf(h, "%s %x\n", name, floats[name])
	}
	const want = "88592108de5157fb"
	if got := hex.EncodeToString(h.Sum(nil))[:16]; got != want {
		t.Errorf("the constants' hash is %s, not %s", got, want)
	}
}

// constantsOf returns the constants of package generic's activations.
func constantsOf(t *testing.T, dir string) map[string]float32 {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "activation*.go"))
	if err != nil {
		t.Fatal(err)
	}
	paths = append(paths, filepath.Join(dir, "pullback_smooth.go"))
	fset := token.NewFileSet()
	var files []*ast.File
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	// What is not found does not matter: no constant needs it.
	config := types.Config{Error: func(error) {}}
	p, _ := config.Check("generic", fset, files, nil)
	values := map[string]float32{}
	for _, name := range p.Scope().Names() {
		if c, ok := p.Scope().Lookup(name).(*types.Const); ok {
			values[name], _ = constant.Float32Val(constant.ToFloat(c.Val()))
		}
	}
	return values
}
