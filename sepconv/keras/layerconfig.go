package keras

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/sepconv/go/internal/engine"
	"github.com/sepconv/go/internal/inside"
	kernels "github.com/sepconv/go/internal/kernel"
	"github.com/sepconv/go/internal/strictjson"
	"github.com/sepconv/go/sepconv"
)

// fail keeps an error of the configuration.
func (b *building) fail(key, allowed string) {
	switch {
	case b.err != nil:
	case b.c[key] == nil:
		b.err = fmt.Errorf("%w: there is no %s; it must be %s", sepconv.ErrConfig, key, allowed)
	default:
		b.err = fmt.Errorf("%w: %s is %.80s; it must be %s", sepconv.ErrConfig, key, b.c[key], allowed)
	}
}

// integer returns an integer that is at least so much.
func (b *building) integer(key string, otherwise, least int) int {
	if !b.c.given(key) {
		if otherwise < least {
			b.fail(key, fmt.Sprintf("an integer from %d on", least))
		}
		return otherwise
	}
	n, ok := strictjson.Int(b.c[key])
	if list, isList := strictjson.Ints(b.c[key]); isList && len(list) == 1 {
		n, ok = list[0], true
	}
	if long, err := strconv.ParseInt(string(b.c[key]), 10, 64); err == nil && long > math.MaxInt32 { // an int may not hold it
		b.fail(key, fmt.Sprintf("at most %d", math.MaxInt32))
		return max(least, 1)
	}
	if !ok || n < least || n > math.MaxInt32 {
		b.fail(key, fmt.Sprintf("an integer from %d on", least))
		return max(least, 1)
	}
	return n
}

// flag returns a boolean.
func (b *building) flag(key string, otherwise bool) bool {
	if !b.c.given(key) {
		return otherwise
	}
	v, ok := strictjson.Bool(b.c[key])
	if !ok {
		if n, isInt := strictjson.Int(b.c[key]); isInt && (n == 0 || n == 1) {
			return n == 1
		}
		b.fail(key, "true or false")
	}
	return v
}

// number returns a number that float32 holds.
func (b *building) number(key string, otherwise float64) float64 {
	if !b.c.given(key) {
		return otherwise
	}
	x, ok := strictjson.Float(b.c[key])
	if !ok || math.IsInf(float64(float32(x)), 0) {
		b.fail(key, "a number")
		return otherwise
	}
	return x
}

// word returns one of some words, the first if there is none.
func (b *building) word(key string, allowed ...string) string {
	if !b.c.given(key) {
		return allowed[0]
	}
	s, ok := word(b.c[key])
	if !ok || !slices.Contains(allowed, s) {
		b.fail(key, fmt.Sprintf("one of %q", allowed))
		return allowed[0]
	}
	return s
}

// pair returns two integers from 0 on, of which one stands for both.
func (b *building) pair(key string, otherwise int) (first, second int) {
	if !b.c.given(key) {
		return otherwise, otherwise
	}
	list, ok := strictjson.Ints(b.c[key])
	if n, isInt := strictjson.Int(b.c[key]); isInt {
		list, ok = []int{n, n}, true
	}
	if inner := strictjson.Elements(b.c[key]); len(inner) == 1 {
		if two, isList := strictjson.Ints(inner[0]); isList {
			list, ok = two, true
		}
	}
	if len(list) == 1 {
		list = []int{list[0], list[0]}
	}
	if !ok || len(list) != 2 || min(list[0], list[1]) < 0 || max(list[0], list[1]) > math.MaxInt32 {
		b.fail(key, "an integer from 0 on, or two")
		return 0, 0
	}
	return list[0], list[1]
}

// channelsFirst reports whether time is the last axis.
func (b *building) channelsFirst() bool {
	return b.word("data_format", "channels_last", "channels_first") == "channels_first"
}

// activation returns the function that a key names.
func (b *building) activation(key string) engine.Activation {
	read := sepconv.UnmarshalActivation
	if b.l.keras2 {
		read = sepconv.UnmarshalActivationKeras2
	}
	a, err := read(b.c[key])
	if err == nil {
		a, err = b.l.supplied(a)
	}
	var e engine.Activation
	if err == nil {
		e, err = inside.Activation(simplest(a))
	}
	if err != nil && b.err == nil {
		b.err = err
	}
	return e
}

// gated reports whether an activation halves the axis.
func gated(a engine.Activation) bool { return a.Custom == nil && a.Func == kernels.GLU }

// alongAxis reports whether an activation looks at the whole last axis.
func alongAxis(a engine.Activation) bool { return a.Custom != nil || a.Func.Axis() }

// isLinear reports whether an activation does nothing.
func isLinear(a engine.Activation) bool { return a.Custom == nil && a.Func == kernels.Linear }
