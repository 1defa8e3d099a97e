package main

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
)

// pictureFile is the picture of the README's table, in this directory.
const pictureFile = "speed.svg"

// The README's table is between these comments.
const (
	tableBegin = "<!-- speed table: go -C bench run . -peers -report out/ -readme ../README.md -->"
	tableEnd   = "<!-- end of the speed table -->"
)

// markdown is the README's table, with the machine it was measured on.
func markdown(r *results) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Measured on %s, %s, kernels `%s`, %s; peak %.0f GFLOP/s.\n\n", r.CPU, count(r.Threads, "thread"), r.Kernel, r.Go, r.PeakGFLOPS)
	b.WriteString("| layer | from | ours, µs | best peer | its µs | times faster | share of peak |\n")
	b.WriteString("|---|---|--:|---|--:|--:|--:|\n")
	list := r.compared(&r.pass)
	for _, v := range list {
		peer, micros, times := "-", "-", "-"
		if v.Peer != nil {
			peer, micros, times = v.Peer.Name, formatMicros(v.Best), formatTimes(v.Times)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %.0f %% |\n", v.ID, v.From, formatMicros(v.Micros), peer, micros, times, 100*v.Share)
	}
	b.WriteString("\n")
	if mean := timesFaster(list); mean > 0 {
		fmt.Fprintf(&b, "In the geometric mean ours is %s times as fast as the best peer of each layer. ", formatTimes(mean))
	}
	if r.GeomeanShare != nil {
		fmt.Fprintf(&b, "Layers of at least %g MFLOP reach %.1f %% of the peak in the geometric mean. ", largeFLOPs/1e6, 100**r.GeomeanShare)
	}
	if peers := r.peers(r.Threads); len(peers) > 0 {
		var names []string
		for _, p := range peers {
			names = append(names, fmt.Sprintf("%s %s (%s)", p.Name, p.Version, formatTimes(r.timesFasterThan(p))))
		}
		fmt.Fprintf(&b, "The peers, and how many times as fast ours is in the geometric mean: %s.", strings.Join(names, ", "))
	}
	return strings.TrimRight(b.String(), " \n") + "\n"
}

// A readme is a file with a place for a table, between two comments.
type readme struct {
	file          string
	before, after []byte // the place
	begin, end    string
}

// readReadme finds the place of the speed table.
func readReadme(file string) (*readme, error) { return readPlace(file, tableBegin, tableEnd) }

// readPlace finds a place.
func readPlace(file, begin, end string) (*readme, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	before, rest, begins := bytes.Cut(text, []byte(begin))
	_, after, ends := bytes.Cut(rest, []byte(end))
	if !begins || !ends {
		return nil, fmt.Errorf("%s has no place for the table: a line %s and a later one %s", file, begin, end)
	}
	return &readme{file, before, after, begin, end}, nil
}

// write puts the speed table and its picture in place.
func (m *readme) write(r *results) error {
	table := markdown(r)
	c, _ := speedup(r)
	if c != nil {
		picture, err := c.SVG()
		if err != nil {
			return err
		}
		if err := os.WriteFile(pictureFile, picture, 0o666); err != nil {
			return err
		}
		table += "\n![How many times faster than each peer, by layer](bench/" + pictureFile + ")\n"
	}
	return m.put(table)
}

// put puts a table in place.
func (m *readme) put(table string) error {
	place := []byte(m.begin + "\n\n" + table + "\n" + m.end)
	return os.WriteFile(m.file, slices.Concat(m.before, place, m.after), 0o666)
}
