package hdf5

import (
	"io"
	"maps"
	"slices"
)

// WriteTo writes the file and returns how many bytes it wrote.
//
// The file has a superblock of version 0, groups of the old style and contiguous
// data sets, which every version of HDF5 reads.
func (w *Writer) WriteTo(to io.Writer) (int64, error) {
	if w.err != nil {
		return 0, w.err
	}
	l := newFileLayout()
	l.collect(w.root)
	l.metadata.start = l.end
	if err := l.group(w.root); err != nil {
		return 0, err
	}
	c := &counter{w: to}
	c.write(l.superblock(w.root))
	c.write(l.heap.b)
	for _, d := range l.datasets {
		c.dataset(d)
	}
	c.write(l.metadata.b)
	return c.n, c.err
}

// A fileLayout is a file on its way: the superblock, the global heap, the data and
// the metadata, one after the other. So whatever is pointed at has an address by
// the time that the pointer is made.
type fileLayout struct {
	heap     heapWriter
	texts    map[*string]reference
	datasets []*DatasetWriter
	end      int64 // of the data
	metadata metadataWriter
}

const superblockSize = 96

func newFileLayout() *fileLayout {
	return &fileLayout{heap: heapWriter{start: superblockSize}, texts: map[*string]reference{}}
}

// collect gives addresses to strings of variable length and to data sets.
func (l *fileLayout) collect(root *GroupWriter) {
	l.collectTexts(root)
	l.heap.finish()
	l.end = superblockSize + int64(len(l.heap.b))
	for _, d := range l.datasets {
		d.at = undefined
		if size := d.bytes(); size > 0 {
			d.at = l.end
			l.end += (size + 7) &^ 7
		}
	}
}

func (l *fileLayout) collectTexts(g *GroupWriter) {
	l.addTexts(&g.nodeWriter)
	for _, name := range g.names() {
		switch c := g.children[name].(type) {
		case *GroupWriter:
			l.collectTexts(c)
		case *DatasetWriter:
			l.addTexts(&c.nodeWriter)
			l.datasets = append(l.datasets, c)
		}
	}
}

func (l *fileLayout) addTexts(n *nodeWriter) {
	for _, a := range n.attributes {
		if s := a.data.text; s != nil && *s != "" {
			l.texts[s] = l.heap.add(*s)
		}
	}
}

// names returns the names of the group's children, in the order of their bytes.
func (g *GroupWriter) names() []string { return slices.Sorted(maps.Keys(g.children)) }

// bytes returns how many the data take.
func (d *DatasetWriter) bytes() int64 { return int64(d.data.count) * int64(d.data.size()) }

// superblock returns a superblock of version 0. Format specification, section
// II.A.
func (l *fileLayout) superblock(root *GroupWriter) []byte {
	e := encoder{}
	e.text(formatSignature)
	e.uint8(0, 0, 0, 0, 0, wordSize, wordSize, 0)
	e.uint16(symbolNodeSize / 2)
	e.uint16(treeNodeSize / 2)
	e.uint32(0)
	e.uint64(0)                // base
	e.uint64(undefinedAddress) // free space
	e.address(l.end + int64(len(l.metadata.b)))
	e.uint64(undefinedAddress) // driver
	e.symbol(0, root)
	return e.b
}

// group lays out a group and all in it.
func (l *fileLayout) group(g *GroupWriter) error {
	names := g.names()
	for _, name := range names {
		var err error
		switch c := g.children[name].(type) {
		case *GroupWriter:
			err = l.group(c)
		case *DatasetWriter:
			err = l.dataset(c)
		}
		if err != nil {
			return err
		}
	}
	g.tree, g.heap = l.metadata.symbolTable(g, names)
	e := encoder{}
	e.address(g.tree)
	e.address(g.heap)
	return l.header(&g.nodeWriter, []encodedMessage{{messageSymbolTable, 0, e.b}})
}

// dataset lays out the header of a data set. Format specification, sections
// IV.A.2.f and IV.A.2.i.
func (l *fileLayout) dataset(d *DatasetWriter) error {
	const (
		constant  = 1 << 0
		allocLate = 2
		ifSet     = 2
	)
	layout := encoder{}
	layout.uint8(3, 1)
	layout.address(d.at)
	layout.uint64(uint64(d.bytes()))
	return l.header(&d.nodeWriter, []encodedMessage{
		{messageDataspace, 0, encodedSpace(d.shape)},
		{messageDatatype, constant, padded(d.data.datatype)},
		{messageFill, constant, []byte{2, allocLate, ifSet, 1, 0, 0, 0, 0}},
		{messageLayout, 0, padded(layout.b)},
	})
}

// header lays out an object's header.
func (l *fileLayout) header(n *nodeWriter, messages []encodedMessage) error {
	for _, a := range n.attributes {
		messages = append(messages, encodedMessage{messageAttribute, 0, a.encode(l.reference(a.data.text))})
	}
	if len(messages) > 1<<16-1 {
		return in(n.path, errorf(ErrArgument, "%d attributes, the most is about %d", len(n.attributes), 1<<16))
	}
	n.header = l.metadata.add(encodedHeader(messages))
	return nil
}

// reference returns where a string is; an empty one is nowhere.
func (l *fileLayout) reference(text *string) reference {
	if text == nil {
		return reference{}
	}
	return l.texts[text]
}

// A counter writes until there is an error.
type counter struct {
	w   io.Writer
	n   int64
	err error
}

func (c *counter) write(b []byte) {
	if c.err != nil {
		return
	}
	n, err := c.w.Write(b)
	c.n += int64(n)
	if err == nil && n < len(b) {
		err = io.ErrShortWrite
	}
	c.err = err
}

// dataset writes the data of a data set.
func (c *counter) dataset(d *DatasetWriter) {
	size := max(1, d.data.size())
	step := max(1, blockSize/size)
	var b []byte
	for i := 0; i < d.data.count && c.err == nil; i += step {
		b = d.data.encode(b[:0], i, min(i+step, d.data.count))
		c.write(b)
	}
	c.write(make([]byte, -d.bytes()&7))
}
