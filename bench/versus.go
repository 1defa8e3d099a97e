package main

// A versus is one layer, ours and the best of the peers.
type versus struct {
	result
	Peer  *peerResults // nil if no peer could do the layer
	Best  float64      // microseconds of it
	Times float64      // that ours is faster; below 1 it is slower
}

// compared returns every layer of a pass with the best of the peers that ran with
// as many threads.
func (r *results) compared(p *pass) []versus {
	var list []versus
	for _, l := range p.Layers {
		v := versus{result: l}
		for _, peer := range r.peers(p.Threads) {
			if theirs := peer.find(l.ID); theirs != nil && (v.Peer == nil || theirs.Micros < v.Best) {
				v.Peer, v.Best = peer, theirs.Micros
				v.Times = v.Best / l.Micros
			}
		}
		list = append(list, v)
	}
	return list
}

// timesFaster is the geometric mean over the layers that a peer could do, 0 if
// there is none.
func timesFaster(list []versus) float64 {
	var times []float64
	for _, v := range list {
		if v.Peer != nil {
			times = append(times, v.Times)
		}
	}
	return meanOrZero(times)
}

// timesFasterThan is the same for one peer.
func (p *pass) timesFasterThan(peer *peerResults) float64 {
	var times []float64
	for _, l := range p.Layers {
		if theirs := peer.find(l.ID); theirs != nil {
			times = append(times, theirs.Micros/l.Micros)
		}
	}
	return meanOrZero(times)
}

func meanOrZero(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	return geomean(values)
}
