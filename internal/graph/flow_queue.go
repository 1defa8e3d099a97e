package graph

// queue holds the steps of a tensor that wait until another tensor, which is later, has as
// many.
type queue struct {
	outer, inner int // elements before and after the axis of time
	data         []float32
	n, room      int  // steps that wait, and that there is memory for
	used         bool // the present chunk goes through it
}

// moveSteps copies n steps, from a step of src to a step of dst. dstSteps and srcSteps are how
// many steps these tensors have, outer and inner their elements before and after the axis of
// time.
func moveSteps(dst []float32, dstSteps, to int, src []float32, srcSteps, from, n, outer, inner int) {
	for o := range outer {
		copy(dst[(o*dstSteps+to)*inner:][:n*inner], src[(o*srcSteps+from)*inner:])
	}
}

// add appends the steps of a tensor, from the given one on.
func (q *queue) add(x []float32, steps, from int) {
	n := steps - from
	if n == 0 {
		return
	}
	q.grow(q.n + n)
	moveSteps(q.data, q.room, q.n, x, steps, from, n, q.outer, q.inner)
	q.n += n
}

// grow makes room for so many steps.
func (q *queue) grow(n int) {
	if n <= q.room {
		return
	}
	room := max(n, q.room+q.room/2)
	data := make([]float32, q.outer*room*q.inner)
	moveSteps(data, room, 0, q.data, q.room, 0, q.n, q.outer, q.inner)
	q.data, q.room = data, room
}

// drop removes the first n steps.
func (q *queue) drop(n int) {
	if n == 0 {
		return
	}
	q.n -= n
	moveSteps(q.data, q.room, 0, q.data, q.room, n, q.n, q.outer, q.inner)
}

// resize makes the queue hold n steps, whose values the caller sets.
func (q *queue) resize(n int) {
	q.n = 0
	q.grow(n)
	q.n = n
}

func (q *queue) visit(v visitor) {
	for o := range q.outer {
		v.single(q.data[o*q.room*q.inner:][:q.n*q.inner])
	}
}
