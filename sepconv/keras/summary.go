package keras

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	flow "github.com/sepconv/go/internal/graph"
)

// row is a line of a summary.
type row struct{ layer, shape, parameters, connected string }

// summary returns the table of the model's layers.
func (c *compiler) summary() string {
	m := c.model
	rows := []row{{"Layer (type)", "Output Shape", "Param #", "Connected to"}}
	total, frozen, complete := 0, 0, true
	counted := map[*Tensor]bool{}
	configured := configuredShapes(m)
	for i, l := range m.Layers {
		if i == 0 && m.Class == "Sequential" && l.is("InputLayer") {
			continue // which Keras does not show either
		}
		n := parameters(l, counted, func(frozenToo int) { frozen += frozenToo }, true)
		total += n
		var shapes []string
		for _, t := range c.shapes[l] {
			if t.text == nil {
				shapes = append(shapes, c.builder.Shape(t.value).String())
			}
		}
		var from []string
		if len(l.Calls) > 0 {
			for _, o := range l.Calls[0].Inputs() {
				from = append(from, fmt.Sprintf("%s[%d][%d]", o.Layer, o.Node, o.Tensor))
			}
		}
		if out := configured.out[l]; len(shapes) == 0 && out != nil {
			shapes = append(shapes, flow.Shape(out).String())
		}
		shape := strings.Join(shapes, ", ")
		if len(shapes) == 0 {
			shape = "?"
		}
		count := thousands(n)
		if n == 0 && l.wantsWeights() {
			count, complete = "?", false
		}
		rows = append(rows, row{l.Name + " (" + l.Class + ")", shape, count, strings.Join(from, ", ")})
	}
	text := fmt.Sprintf("Model: %q\n", m.Name) + table(rows, m.Class != "Sequential")
	if !complete {
		return text + " Total params: ? (there are layers whose weights are not in the file)\n"
	}
	return text + totals(total, frozen)
}

// totals are the lines below the table.
func totals(total, frozen int) (text string) {
	for _, line := range []struct {
		what string
		n    int
	}{{"Total params", total}, {"Trainable params", total - frozen}, {"Non-trainable params", frozen}} {
		text += fmt.Sprintf(" %s: %s (%s)\n", line.what, thousands(line.n), size(line.n))
	}
	return text
}

// wantsWeights reports whether the layer, or one in it, is of a class that has weights.
func (l *Layer) wantsWeights() bool {
	v, ok := l.variables(input{channels: -1})
	return ok && len(v.flat()) > 0 || slices.ContainsFunc(l.Layers, (*Layer).wantsWeights)
}

// arraySummary returns the table of the arrays of a file.
func (m *Model) arraySummary() string {
	rows := []row{{"Array", "Shape", "Elements", "Type"}}
	total, separator := 0, "/"
	if m.Format == Safetensors {
		separator = "." // as PyTorch names them
	}
	for l := range m.All() {
		for _, t := range l.Weights {
			if t == nil {
				continue
			}
			n := 1
			for _, d := range t.Shape {
				n = times(n, d)
			}
			total += n
			kind := t.DType
			if t.Err != nil {
				kind += ", not read"
			}
			rows = append(rows, row{strings.TrimPrefix(l.Path+separator+t.Name, separator), flow.Shape(t.Shape).String(), thousands(n), kind})
		}
	}
	text := fmt.Sprintf("Weights in %s", m.Format)
	if m.Class != "" {
		text += fmt.Sprintf(", of a model of class %q, which does not list its layers", m.Class)
	}
	return text + "\n" + table(rows, true) + fmt.Sprintf(" Total params: %s (%s)\n", thousands(total), size(total))
}

// parameters counts the elements of a layer's arrays, each once in a model, and tells
// how many of them are not trained.
func parameters(l *Layer, counted map[*Tensor]bool, frozen func(int), trained bool) (n int) {
	trained = trained && configuration(members(l.Config)).flag("trainable", true)
	v, ok := l.variables(input{channels: -1})
	list := v.flat()
	for i, t := range l.Weights {
		if t == nil || counted[t] {
			continue
		}
		counted[t] = true
		size := 1
		for _, d := range t.Shape {
			size = times(size, d)
		}
		n += size
		if !trained || ok && len(list) == len(l.Weights) && list[i].frozen {
			frozen(size)
		}
	}
	for _, inner := range l.Layers {
		n += parameters(inner, counted, frozen, trained)
	}
	return n
}

// table draws rows, the first of which is a heading.
func table(rows []row, connected bool) string {
	cells := func(r row) []string {
		list := []string{r.layer, r.shape, r.parameters}
		if connected {
			list = append(list, r.connected)
		}
		return list
	}
	rows = slices.Clone(rows)
	for i := range rows {
		r := &rows[i]
		r.layer, r.shape, r.connected = printable(r.layer), printable(r.shape), printable(r.connected)
	}
	widths := make([]int, len(cells(rows[0])))
	const most = 60
	for _, r := range rows {
		for i, text := range cells(r) {
			widths[i] = min(max(widths[i], utf8.RuneCountInString(text)), most)
		}
	}
	var out strings.Builder
	rule := func(left, line, middle, right string) {
		out.WriteString(left)
		for i, w := range widths {
			if i > 0 {
				out.WriteString(middle)
			}
			out.WriteString(strings.Repeat(line, w+2))
		}
		out.WriteString(right + "\n")
	}
	rule("┏", "━", "┳", "┓")
	for i, r := range rows {
		bar := "│"
		if i == 0 {
			bar = "┃"
		}
		for j, text := range cells(r) {
			if runes := []rune(text); len(runes) > most {
				text = string(runes[:most-1]) + "…"
			}
			pad := strings.Repeat(" ", widths[j]-utf8.RuneCountInString(text))
			if j == 2 {
				text, pad = pad+text, ""
			}
			out.WriteString(bar + " " + text + pad + " ")
		}
		out.WriteString(bar + "\n")
		if i == 0 {
			rule("┡", "━", "╇", "┩")
		}
	}
	rule("└", "─", "┴", "┘")
	return out.String()
}

// printable replaces what would break the table or command a terminal: names are a
// stranger's.
func printable(name string) string {
	return strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) {
			return utf8.RuneError
		}
		return r
	}, name)
}

// thousands writes a number with commas.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// size writes what so many float32 take, as Keras does.
func size(n int) string {
	bytes := 4 * float64(n)
	for _, unit := range []string{"B", "KB", "MB", "GB"} {
		if bytes < 1024 || unit == "GB" {
			return fmt.Sprintf("%.2f %s", bytes, unit)
		}
		bytes /= 1024
	}
	return ""
}
