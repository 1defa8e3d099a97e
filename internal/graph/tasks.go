package graph

import (
	"cmp"
	"runtime"
)

// span is a number of equal items that are cut into tasks.
type span struct{ n, per int }

// taskMicros is about how many microseconds a task should take: many times what it takes to
// hand one out, but a small part of a step that is worth sharing.
const taskMicros = 20

// cut cuts n items, which take so many microseconds each, into tasks of a multiple of
// unit.
func (s *span) cut(n, unit int, micros float64) Tasks {
	s.n, s.per = n, n
	if micros > 0 {
		s.per = roundUp(int(min(float64(n), max(1, taskMicros/micros))), unit)
	}
	if n == 0 {
		return Tasks{}
	}
	return Tasks{(n + s.per - 1) / s.per, micros * float64(n)}
}

// cutProduct cuts rows of a product, which take so many microseconds each, into tasks of a
// multiple of unit and of at most most rows. Tasks are as large as that allows, since each
// reads all weights; but if several threads share them, there are three for each thread.
func (s *span) cutProduct(t *Target, rows, unit, most int, micros float64) Tasks {
	s.n, s.per = rows, min(rows, most)
	if rows == 0 {
		return Tasks{}
	}
	all := micros * float64(rows)
	if all > taskMicros && t.Threads != 1 {
		threads := cmp.Or(t.Threads, runtime.GOMAXPROCS(0))
		s.per = min(s.per, roundUp(ceil(rows, 3*threads), unit))
	}
	return Tasks{ceil(rows, s.per), all}
}

// task returns the items of task i.
func (s *span) task(i int) (first, end int) { return i * s.per, min((i+1)*s.per, s.n) }

// roundUp returns the smallest multiple of unit from n on.
func roundUp(n, unit int) int { return (n + unit - 1) / unit * unit }

// roundDown returns the largest multiple of unit up to n, but at least unit.
func roundDown(n, unit int) int { return max(n/unit, 1) * unit }

// ceil returns n/d rounded up, for n from 0 on; below it is 0 or less.
func ceil(n, d int) int {
	q := n / d
	if n%d > 0 {
		q++
	}
	return q
}
