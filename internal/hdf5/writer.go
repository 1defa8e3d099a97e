package hdf5

import (
	"math"
	"slices"
	"strings"
)

// A Writer builds a file in memory and writes it as a whole.
//
// Its methods, and those of the groups and data sets in it, do not return errors:
// the first one stays with the Writer, which then does nothing more, and Err and
// WriteTo return it. The same calls always give the same bytes.
type Writer struct {
	root *GroupWriter
	err  error
}

// A GroupWriter is a group that is to be written.
type GroupWriter struct {
	nodeWriter
	depth    int
	children map[string]any // *GroupWriter or *DatasetWriter

	tree, heap int64 // addresses, once it has been laid out
}

// A DatasetWriter is a data set that is to be written.
type DatasetWriter struct {
	nodeWriter
	shape []int
	data  values
	at    int64 // address of the data, once it has been laid out
}

// A nodeWriter is what GroupWriter and DatasetWriter have in common.
type nodeWriter struct {
	w          *Writer
	path       string
	attributes []attributeWriter
	names      map[string]bool // of attributes
	header     int64           // its address, once it has been laid out
}

// An attributeWriter is an attribute that is to be written.
type attributeWriter struct {
	name  string
	shape []int
	data  values
}

// NewWriter returns a Writer of a file that has an empty root group.
func NewWriter() *Writer {
	w := &Writer{}
	w.root = newGroupWriter(w, "/", 0)
	return w
}

func newGroupWriter(w *Writer, path string, depth int) *GroupWriter {
	return &GroupWriter{nodeWriter: nodeWriter{w: w, path: path}, depth: depth, children: map[string]any{}}
}

// Root returns the root group.
func (w *Writer) Root() *GroupWriter { return w.root }

// Err returns the first error of the Writer.
func (w *Writer) Err() error { return w.err }

// fail keeps the first error.
func (n *nodeWriter) fail(path string, err error) {
	if n.w.err == nil {
		n.w.err = in(path, err)
	}
}

// Path returns the path from the root.
func (g *GroupWriter) Path() string { return g.path }

// Path returns the path from the root.
func (d *DatasetWriter) Path() string { return d.path }

// Group returns the group of the given path in g. Groups on the way, and the
// group itself, are made if there are none yet. The path may begin with a slash;
// it counts from g all the same.
func (g *GroupWriter) Group(path string) *GroupWriter {
	for name := range strings.SplitSeq(path, "/") {
		if name != "" && g.depth <= maxDepth { // deeper ones are an error already
			g = g.child(name)
		}
	}
	return g
}

// child returns the group of the given name.
func (g *GroupWriter) child(name string) *GroupWriter {
	path := g.childPath(name)
	switch c := g.children[name].(type) {
	case *GroupWriter:
		return c
	case *DatasetWriter:
		g.fail(path, errorf(ErrArgument, "this is a data set already, and cannot be a group"))
	}
	c := newGroupWriter(g.w, path, g.depth+1)
	if c.depth > maxDepth {
		g.fail(path, errorf(ErrArgument, "groups are nested %d deep, the most is %d", c.depth, maxDepth))
	}
	if g.addable(name, path) {
		g.children[name] = c
	}
	return c
}

func (g *GroupWriter) childPath(name string) string {
	return strings.TrimSuffix(g.path, "/") + "/" + name
}

// addable reports whether the group can take one more child.
func (g *GroupWriter) addable(name, path string) bool {
	if name == "." || strings.ContainsRune(name, 0) {
		g.fail(path, errorf(ErrArgument, "%q as a name", name))
	}
	return g.w.err == nil
}

// Dataset adds a data set of the given path in g; groups on the way are made if
// there are none yet. The shape is that of the data, the last index running
// fastest; without dimensions it is a single value. The data are a slice of
// integers of a given size, of float32, float64 or string, or a Float16s or
// Opaque; they are not copied, and must stay as they are until WriteTo has
// returned. Strings are written as numpy writes 'S': all as long as the longest,
// padded with NUL.
func (g *GroupWriter) Dataset(path string, shape []int, data any) *DatasetWriter {
	parent, name := g, strings.Trim(path, "/")
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		parent, name = g.Group(name[:i]), name[i+1:]
	}
	d := &DatasetWriter{nodeWriter: nodeWriter{w: g.w, path: parent.childPath(name)}, shape: slices.Clone(shape)}
	if name == "" {
		g.fail(d.path, errorf(ErrArgument, "a data set without a name"))
	}
	if parent.children[name] != nil {
		g.fail(d.path, errorf(ErrArgument, "there is one of this name already"))
	}
	var err error
	if d.data, err = valuesOf(data); err != nil {
		g.fail(d.path, err)
	}
	if err := checkShape(shape, d.data.count); err != nil && g.w.err == nil {
		g.fail(d.path, err)
	}
	if parent.addable(name, d.path) {
		parent.children[name] = d
	}
	return d
}

// checkShape checks that a shape is that of count elements.
func checkShape(shape []int, count int) error {
	if len(shape) > maxRank {
		return errorf(ErrArgument, "%d dimensions, there are at most %d", len(shape), maxRank)
	}
	product := 1
	for _, n := range shape {
		if n < 0 {
			return errorf(ErrArgument, "shape %v", shape)
		}
		if product != 0 && n > math.MaxInt/product {
			return errorf(ErrArgument, "the product of the shape %v is too large", shape)
		}
		product *= n
	}
	if slices.Contains(shape, 0) {
		product = 0
	}
	if product != count {
		return errorf(ErrArgument, "shape %v of %d elements, and there are %d", shape, product, count)
	}
	return nil
}

// MaxFixedAttribute is how many bytes an array of strings or numbers may take as
// an attribute. Keras has the same limit, so that the header message, which holds
// less than 64 KiB, has room for the name and the type.
const MaxFixedAttribute = 64512

// Attribute adds an attribute to the group. The value is one of
//   - string or []byte: a string of variable length, UTF-8 or ASCII, as h5py
//     writes str and bytes; it may be of any size;
//   - bool, as h5py writes it; int, which is written as int64; any integer of a
//     given size; float32 or float64;
//   - []string: an array of strings, all as long as the longest, padded with NUL,
//     as h5py writes numpy's 'S'; if there are none, an array of float64, as h5py
//     writes an empty list;
//   - a slice of integers of a given size but byte, of float32 or of float64.
//
// Arrays of more than MaxFixedAttribute bytes are an error. Keras splits a list
// of names that is as long among attributes that have a number at the end of the
// name, from 0 on.
func (g *GroupWriter) Attribute(name string, value any) { g.attribute(name, value) }

// Attribute adds an attribute to the data set; GroupWriter.Attribute says of what
// values.
func (d *DatasetWriter) Attribute(name string, value any) { d.attribute(name, value) }

func (n *nodeWriter) attribute(name string, value any) {
	path := n.path + "@" + name
	if name == "" || strings.ContainsRune(name, 0) {
		n.fail(path, errorf(ErrArgument, "%q as a name", name))
	}
	if n.names[name] {
		n.fail(path, errorf(ErrArgument, "there is one of this name already"))
	}
	a, err := newAttribute(name, value)
	if err != nil {
		n.fail(path, err)
	}
	if n.w.err != nil {
		return
	}
	if n.names == nil {
		n.names = map[string]bool{}
	}
	n.names[name] = true
	n.attributes = append(n.attributes, a)
}

func newAttribute(name string, value any) (a attributeWriter, err error) {
	a.name = name
	if v, single := singleValue(value); single {
		a.data = v
	} else {
		if a.data, err = valuesOf(value); err != nil {
			return a, err
		}
		a.shape = []int{a.data.count}
	}
	if size := int64(a.data.count) * int64(a.data.size()); size > MaxFixedAttribute {
		return a, errorf(ErrArgument, "%d elements of %d bytes take %d bytes, and an attribute holds %d: Keras splits such a list among attributes %s0, %s1 and so on",
			a.data.count, a.data.size(), size, MaxFixedAttribute, name, name)
	}
	if text := a.data.text; text != nil {
		if i := strings.IndexByte(*text, 0); i >= 0 {
			return a, errorf(ErrArgument, "a string with a NUL at byte %d, where it would end", i)
		}
		if uint64(len(*text)) > math.MaxUint32 {
			return a, errorf(ErrArgument, "a string of %d bytes, the longest is %d", len(*text), uint32(math.MaxUint32))
		}
	}
	if size := len(a.encode(reference{})); size > maxMessage {
		return a, errorf(ErrArgument, "the attribute takes %d bytes with its name, the most is %d", size, maxMessage)
	}
	return a, nil
}
