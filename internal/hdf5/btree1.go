package hdf5

// maxDepth bounds trees of every kind. A B-tree of this depth, however narrow,
// would not fit any disk; and no sensible program nests groups as deeply.
const maxDepth = 64

// A tree1 is a walk over a B-tree of version 1. Format specification, section
// III.A.1.
type tree1 struct {
	f       *file
	kind    uint8 // 0: groups, 1: chunks
	keySize int
	visited map[int64]bool
	leaf    func(key *cursor, child int64) error
}

// btree1 calls leaf for each child of the lowest nodes of a tree of groups (0) or
// of chunks (1), with the key on its left. rank is that of chunks.
func (f *file) btree1(root int64, rank int, leaf func(key *cursor, child int64) error) error {
	t := tree1{f: f, keySize: f.lengthSize, visited: map[int64]bool{}, leaf: leaf}
	if rank > 0 {
		t.kind, t.keySize = 1, 4+4+8*(rank+1)
	}
	return t.node(root, -1)
}

// node walks a node of the given level; -1: the root, which is of any.
func (t *tree1) node(at int64, level int) error {
	const what = "B-tree node"
	f := t.f
	if t.visited[at] {
		return f.errorf(ErrFormat, at, "B-tree node is its own descendant, or a child of two nodes")
	}
	t.visited[at] = true
	c, err := f.cursor(what, at, int64(8+2*f.offsetSize))
	if err != nil {
		return err
	}
	c.signature("TREE")
	pos := c.pos
	if kind := c.uint8(); kind != t.kind {
		c.errorf(ErrFormat, pos, "its kind is %d, not %d", kind, t.kind)
	}
	pos = c.pos
	found := int(c.uint8())
	if level < 0 && found <= maxDepth {
		level = found
	}
	if found != level {
		c.errorf(ErrFormat, pos, "its level is %d, not %d", found, level)
	}
	count := int(c.uint16())
	if c.err != nil {
		return c.err
	}
	entry := t.keySize + f.offsetSize
	c, err = f.cursor(what, at+int64(8+2*f.offsetSize), int64(count*entry+t.keySize))
	if err != nil {
		return err
	}
	for range count {
		key := c.sub("B-tree key", t.keySize)
		child := c.defined("child")
		if c.err != nil {
			return c.err
		}
		if level == 0 {
			err = t.leaf(key, child)
		} else {
			err = t.node(child, level-1)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
