package nn

import "github.com/sepconv/go/internal/workers"

// team shares numbered tasks among goroutines, whose number changes no result.
type team struct {
	threads int
	group   workers.Group
	task    func(i int)
}

// do calls task for 0 to n-1.
func (t *team) do(n int, task func(i int)) {
	if t.threads <= 1 || n <= 1 {
		for i := range n {
			task(i)
		}
		return
	}
	t.task = task
	t.group.Do(t, n, t.threads-1, true)
	t.task = nil
}

// Work does the tasks of a goroutine.
func (t *team) Work(g *workers.Group, _ bool) {
	for i := g.Next(); i >= 0; i = g.Next() {
		t.task(i)
	}
}
