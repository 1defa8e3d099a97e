package graph

// queue is the steps of a tensor that wait for those of another: what the other is late.
type queue struct {
	outer, inner int // elements before and behind the axis of time
	data         []float32
	n, room      int  // steps
	used         bool // for what is computed now
}

// moveSteps copies n steps between tensors of so many steps each, from one on.
func moveSteps(dst []float32, dstSteps, to int, src []float32, srcSteps, from, n, outer, inner int) {
	for o := range outer {
		copy(dst[(o*dstSteps+to)*inner:][:n*inner], src[(o*srcSteps+from)*inner:])
	}
}

// add adds the steps of a tensor, from one on.
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

// drop drops the first steps.
func (q *queue) drop(n int) {
	if n == 0 {
		return
	}
	q.n -= n
	moveSteps(q.data, q.room, 0, q.data, q.room, n, q.n, q.outer, q.inner)
}

// resize makes it have so many steps.
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
