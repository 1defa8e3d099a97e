package main

import (
	"math/rand/v2"
	"testing"

	"github.com/sepconv/go/gen/a64"
)

// With the registers that it is given, code computes what it would with as many as
// it wants, and does not change those it has no right to.
func TestStraight(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	assigned := 0
	for range 2000 {
		if checkStraight(t, rng) {
			assigned++
		}
	}
	if assigned < 200 || assigned > 1800 {
		t.Errorf("%d of 2000 had enough registers", assigned)
	}
}

// checkStraight runs random code with hashes in the place of vectors.
func checkStraight(t *testing.T, rng *rand.Rand) bool {
	var s straight
	wanted := map[register]int{} // what registers hold
	machine := map[a64.V]int{30: -30}
	parameter := s.fix(30)
	wanted[parameter] = -30
	known := []register{parameter}
	pick := func() register { return known[rng.IntN(len(known))] }
	for i := range 3 + rng.IntN(40) {
		x, y, z := pick(), pick(), s.new()
		switch kind := rng.IntN(4); {
		case kind == 0: // copies
			wanted[z] = wanted[x]
			s.add(step{reads: []register{x}, writes: []register{z}, move: true,
				write: func(v func(register) a64.V) { machine[v(z)] = machine[v(x)] }})
		case kind == 1 && len(known) > 1: // changes what it writes
			z = known[1+rng.IntN(len(known)-1)]
			wanted[z] = 31*wanted[z] + wanted[x] + i
			s.add(step{reads: []register{x}, writes: []register{z},
				write: func(v func(register) a64.V) { machine[v(z)] = 31*machine[v(z)] + machine[v(x)] + i }})
			continue
		default:
			wanted[z] = 17*wanted[x] + wanted[y] + i
			s.add(step{reads: []register{x, y}, writes: []register{z},
				write: func(v func(register) a64.V) { machine[v(z)] = 17*machine[v(x)] + machine[v(y)] + i }})
		}
		known = append(known, z)
	}
	result := known[len(known)-1]
	other := pick()
	a, enough := s.assign(a64.Vectors(0, 9), result, other)
	if !enough {
		return false
	}
	at := s.write(a)
	for _, r := range []register{result, other} {
		if machine[at(r)] != wanted[r] {
			t.Fatalf("register %d is %d, not %d", r, machine[at(r)], wanted[r])
		}
	}
	for v := range machine {
		if v > 9 && v != 30 || machine[30] != wanted[parameter] {
			t.Fatalf("%v was changed", v)
		}
	}
	return true
}
