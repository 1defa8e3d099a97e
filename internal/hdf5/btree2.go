package hdf5

import "math/bits"

// A tree2 is a walk over a B-tree of version 2. Format specification, section
// III.A.2.
type tree2 struct {
	f          *file
	kind       uint8
	nodeSize   int64
	recordSize int
	visited    map[int64]bool
	record     func(record *cursor) error
	count      int64 // records that record got

	// Bytes of the numbers beside a pointer to a child: the child's own records,
	// and, by the level of the child, all below it.
	childSize int
	totalSize []int
}

const tree2Overhead = 4 + 1 + 1 + 4 // signature, version, kind, checksum

// btree2 calls record for each record of a tree of the given kind, in order.
func (f *file) btree2(at int64, kind uint8, record func(*cursor) error) error {
	const what = "B-tree header"
	c, err := f.cursor(what, at, int64(4+1+1+4+2+2+1+1+f.offsetSize+2+f.lengthSize+4))
	if err != nil {
		return err
	}
	t := &tree2{f: f, kind: kind, visited: map[int64]bool{}, record: record}
	c.signature("BTHD")
	c.version(0)
	t.checkKind(c)
	t.nodeSize = int64(c.uint32())
	pos := c.pos
	t.recordSize = int(c.uint16())
	depth := int(c.uint16())
	c.skip(2) // when nodes are split and merged
	root := c.address()
	rootCount := int64(c.uint16())
	total := c.length()
	c.checksum()
	if c.err != nil {
		return c.err
	}
	if t.recordSize == 0 || t.nodeSize < tree2Overhead+int64(t.recordSize) || depth > maxDepth {
		return c.errorf(ErrFormat, pos, "records of %d bytes in nodes of %d, %d deep", t.recordSize, t.nodeSize, depth)
	}
	t.sizes(depth)
	if root != undefined {
		if err := t.node(root, depth, rootCount); err != nil {
			return err
		}
	}
	if t.count != total {
		return c.errorf(ErrFormat, pos, "it has %d records, and should have %d", t.count, total)
	}
	return nil
}

func (t *tree2) checkKind(c *cursor) {
	pos := c.pos
	if kind := c.uint8(); kind != t.kind {
		c.errorf(ErrFormat, pos, "its kind is %d, not %d", kind, t.kind)
	}
}

// sizes computes how numbers of records are stored: in as many bytes as the
// largest that a node could need.
func (t *tree2) sizes(depth int) {
	most := uint64(t.nodeSize-tree2Overhead) / uint64(t.recordSize)
	t.childSize = bytesOf(most)
	t.totalSize = make([]int, depth+1)
	t.totalSize[0] = 0 // leaves have no descendants
	all := most
	for level := 1; level <= depth; level++ {
		pointer := int64(t.f.offsetSize + t.childSize + t.totalSize[level-1])
		internal := max(0, t.nodeSize-tree2Overhead-pointer) / (int64(t.recordSize) + pointer)
		high, low := bits.Mul64(uint64(internal)+1, all)
		sum, carry := bits.Add64(low, uint64(internal), 0)
		if all = sum; high != 0 || carry != 0 {
			all = 1<<64 - 1
		}
		t.totalSize[level] = bytesOf(all)
	}
}

// bytesOf returns how many bytes it takes to write numbers up to n.
func bytesOf(n uint64) int { return max(1, (bits.Len64(n)+7)/8) }

// node walks a node that is level levels above the leaves and has count records.
func (t *tree2) node(at int64, level int, count int64) error {
	f := t.f
	if t.visited[at] {
		return f.errorf(ErrFormat, at, "B-tree node is its own descendant, or a child of two nodes")
	}
	t.visited[at] = true
	what, signature, pointer := "B-tree leaf", "BTLF", int64(0)
	if level > 0 {
		what, signature = "B-tree node", "BTIN"
		pointer = int64(f.offsetSize + t.childSize + t.totalSize[level-1])
	}
	size := tree2Overhead + count*(int64(t.recordSize)+pointer) + pointer
	if size > t.nodeSize {
		return f.errorf(ErrFormat, at, "%s of %d records takes %d bytes, of %d", what, count, size, t.nodeSize)
	}
	c, err := f.cursor(what, at, size)
	if err != nil {
		return err
	}
	c.signature(signature)
	c.version(0)
	t.checkKind(c)
	records := c.sub("B-tree record", int(count)*t.recordSize)
	pointers := c.sub("B-tree pointer", c.left()-4)
	c.checksum()
	if c.err != nil {
		return c.err
	}
	child := func() error {
		if level == 0 {
			return nil
		}
		at, n := pointers.defined("child"), pointers.size(t.childSize)
		pointers.skip(t.totalSize[level-1])
		if pointers.err != nil {
			return pointers.err
		}
		return t.node(at, level-1, n)
	}
	for range count {
		if err := child(); err != nil {
			return err
		}
		if err := t.record(records.sub(records.what, t.recordSize)); err != nil {
			return err
		}
		t.count++
	}
	return child()
}
