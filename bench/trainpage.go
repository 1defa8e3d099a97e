package main

// A trainingRow is a layer in training beside its peers.
type trainingRow struct {
	*trainingResult
	Theirs []*peerLayer // of each peer, nil where it has none
	Best   float64      // microseconds of the best of them, 0 without
	Times  float64      // that our step is faster than that
}

// Rows are those of the page's table.
func (r *trainingResults) Rows() []trainingRow {
	rows := make([]trainingRow, len(r.Layers))
	for i := range r.Layers {
		l := &r.Layers[i]
		row := trainingRow{trainingResult: l, Best: best(r.Peers, l.ID)}
		row.Times = row.Best / l.Step
		for k := range r.Peers {
			row.Theirs = append(row.Theirs, r.Peers[k].find(l.ID))
		}
		rows[i] = row
	}
	return rows
}
