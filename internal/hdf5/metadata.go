package hdf5

import "encoding/binary"

// Entries in a node of symbols and of a B-tree: those that HDF5 has by default.
const (
	symbolNodeSize = 8
	treeNodeSize   = 32
)

// A metadataWriter appends structures that have an address.
type metadataWriter struct {
	encoder
	start int64
}

// add appends a structure, aligned to 8 bytes, and returns its address.
func (m *metadataWriter) add(b []byte) int64 {
	m.align()
	at := m.start + int64(len(m.b))
	m.b = append(m.b, b...)
	return at
}

// symbolTable appends the names and links of a group, whose children have been
// laid out.
func (m *metadataWriter) symbolTable(g *GroupWriter, names []string) (tree, heap int64) {
	offsets, data := encodeNames(names)
	heap = m.localHeap(data)
	nodes := []treeEntry{}
	for i := 0; i < len(names); i += symbolNodeSize {
		j := min(i+symbolNodeSize, len(names))
		nodes = append(nodes, treeEntry{m.symbolNode(g, names[i:j], offsets[i:j]), offsets[j-1]})
	}
	level := uint8(0)
	for ; ; level++ {
		if nodes = m.treeLevel(level, nodes); len(nodes) == 1 {
			return nodes[0].at, heap
		}
	}
}

// encodeNames returns names as a local heap holds them, and where each is. The
// heap begins with an empty name, which is less than any other.
func encodeNames(names []string) (offsets []uint64, data []byte) {
	e := encoder{}
	e.zeros(8)
	for _, name := range names {
		offsets = append(offsets, uint64(len(e.b)))
		e.text(name)
		e.zeros(1)
		e.align()
	}
	return offsets, e.b
}

// localHeap appends a local heap without free space. Format specification,
// section III.D.
func (m *metadataWriter) localHeap(data []byte) int64 {
	const (
		headSize = 32
		noFree   = 1
	)
	m.align()
	at := m.start + int64(len(m.b))
	e := encoder{}
	e.text("HEAP")
	e.uint8(0, 0, 0, 0)
	e.uint64(uint64(len(data)))
	e.uint64(noFree)
	e.address(at + headSize)
	return m.add(append(e.b, data...))
}

// symbolNode appends a node of links. Format specification, section III.B.
func (m *metadataWriter) symbolNode(g *GroupWriter, names []string, offsets []uint64) int64 {
	e := encoder{}
	e.text("SNOD")
	e.uint8(1, 0)
	e.uint16(uint16(len(names)))
	for i, name := range names {
		e.symbol(offsets[i], g.children[name])
	}
	const entrySize = 40
	e.zeros((symbolNodeSize - len(names)) * entrySize)
	return m.add(e.b)
}

// symbol appends a link to an object. That to a group repeats what the group's
// header holds. Format specification, section III.C.
func (e *encoder) symbol(nameOffset uint64, object any) {
	e.uint64(nameOffset)
	switch o := object.(type) {
	case *GroupWriter:
		e.address(o.header)
		e.uint32(1)
		e.uint32(0)
		e.address(o.tree)
		e.address(o.heap)
	case *DatasetWriter:
		e.address(o.header)
		e.zeros(4 + 4 + 16)
	}
}

// A treeEntry is a node and the largest name in it.
type treeEntry struct {
	at   int64
	last uint64 // offset of the name
}

// treeLevel appends the nodes of one level of a B-tree, which has at least one,
// and returns them. Format specification, section III.A.1.
func (m *metadataWriter) treeLevel(level uint8, children []treeEntry) (nodes []treeEntry) {
	const nodeBytes = 24 + treeNodeSize*2*wordSize + wordSize
	first := uint64(0)
	previous := int64(undefined)
	for i := 0; i == 0 || i < len(children); i += treeNodeSize {
		own := children[i:min(i+treeNodeSize, len(children))]
		e := encoder{}
		e.text("TREE")
		e.uint8(0, level)
		e.uint16(uint16(len(own)))
		e.address(previous)
		e.address(undefined)
		e.uint64(first)
		for _, c := range own {
			e.address(c.at)
			e.uint64(c.last)
			first = c.last
		}
		e.zeros(nodeBytes - len(e.b))
		at := m.add(e.b)
		if previous != undefined {
			m.setRight(previous, at)
		}
		nodes = append(nodes, treeEntry{at, first})
		previous = at
	}
	return nodes
}

// setRight sets the right neighbour of a B-tree node that has been appended.
func (m *metadataWriter) setRight(node, right int64) {
	const offset = 16
	binary.LittleEndian.PutUint64(m.b[node-m.start+offset:], uint64(right))
}
