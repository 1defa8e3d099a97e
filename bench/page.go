package main

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"os"
	"path/filepath"
)

// Names of the files of a report.
const (
	pageFile    = "index.html"
	resultsFile = "results.json"
)

//go:embed page.html
var pageSource string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"percent": func(v float64) string { return fmt.Sprintf("%.1f %%", 100*v) },
	"micros":  formatMicros,
	"times":   formatTimes,
	"fixed":   func(digits int, v float64) string { return fmt.Sprintf("%.*f", digits, v) },
	"kib":     func(bytes int) string { return fmt.Sprintf("%d KiB", bytes>>10) },
	"bytes":   formatBytes,
	"theirs":  func(p peerResults, id string) *peerLayer { return p.find(id) },
	"mib":     func(bytes int64) string { return fmt.Sprintf("%.0f MiB", float64(bytes)/(1<<20)) },
	"count":   count,
	"orDash":  orDash,

	"shade":    shade,
	"computes": func(i int) bool { return part(i).computes() },
}).Parse(pageSource))

// page is what the template shows.
type page struct {
	*results
	Figures []figure
	Tables  []pageTable
	Raw     string
}

// pageTable is the figures of a pass.
type pageTable struct {
	*pass
	Peers []*peerResults
	Rows  []pageRow
	Times float64 // faster than the best peer, in the geometric mean; 0 without peers
	Means []float64
}

type pageRow struct {
	versus
	Theirs []*peerLayer // of each peer, nil where it has none
}

// writePage writes the page and the results into a directory.
func writePage(dir string, r *results) error {
	p := page{results: r}
	var err error
	if p.Figures, err = figures(r); err != nil {
		return err
	}
	for _, pass := range r.passes() {
		p.Tables = append(p.Tables, newPageTable(r, pass))
	}
	raw, err := encode(r)
	if err != nil {
		return err
	}
	p.Raw = string(raw)
	var file bytes.Buffer
	if err := pageTemplate.Execute(&file, p); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, resultsFile), raw, 0o666); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, pageFile), file.Bytes(), 0o666)
}

// newPageTable returns the rows of a pass. The peers are beside the set that is
// measured against them.
func newPageTable(r *results, p *pass) pageTable {
	t := pageTable{pass: p}
	if p.Kernel == r.Kernel {
		t.Peers = r.peers(p.Threads)
	}
	for _, v := range r.compared(p) {
		row := pageRow{versus: v}
		for _, peer := range t.Peers {
			row.Theirs = append(row.Theirs, peer.find(v.ID))
		}
		t.Rows = append(t.Rows, row)
	}
	if len(t.Peers) > 0 {
		t.Times = timesFaster(r.compared(p))
	}
	for _, peer := range t.Peers {
		t.Means = append(t.Means, p.timesFasterThan(peer))
	}
	return t
}

// shade is a background that is the darker the larger a share is, and never so dark
// that what is written on it cannot be read.
func shade(share float64) template.CSS {
	const most = 0.5 // of ours, the charts' blue
	return template.CSS(fmt.Sprintf("rgba(0, 90, 160, %.2f)", most*min(max(share, 0), 1)))
}

// readPage reads the results of the page that what a flag measures is to be a section of.
func readPage(flag, dir string) (*results, error) {
	r, err := readResults(filepath.Join(dir, resultsFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s adds a section to the page of a report, and there is none in %s: run -report %s without %[1]s first", flag, dir, dir)
	}
	if err == nil && r.Studies == nil {
		err = fmt.Errorf("%s has only a table; -report measures what a page needs", dir)
	}
	return r, err
}
