package hdf5

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/sepconv/go/internal/budget"
	"github.com/stretchr/testify/require"
)

// rawDataset opens a data set that has the given messages in its header.
func rawDataset(t *testing.T, messages ...encodedMessage) (*Dataset, error) {
	b := rawFile(encodedHeader(messages))
	f := newFile(bytes.NewReader(b), int64(len(b)), budget.New(1<<20, ""))
	at, err := f.superblock()
	require.NoError(t, err)
	o, err := f.object(at)
	require.NoError(t, err)
	d, err := newDataset(node{o, "/d"})
	return d, in("/d", err)
}

// little returns little-endian numbers of the given sizes.
func little(sizesAndNumbers ...uint64) []byte {
	e := encoder{}
	for i := 0; i < len(sizesAndNumbers); i += 2 {
		size, n := sizesAndNumbers[i], sizesAndNumbers[i+1]
		for range size {
			e.uint8(uint8(n))
			n >>= 8
		}
	}
	return padded(e.b)
}

var (
	threeFloats      = []encodedMessage{{messageDataspace, 0, encodedSpace([]int{3})}, {messageDatatype, 0, padded(float32Type)}}
	notWrittenLayout = encodedMessage{messageLayout, 0, little(1, 3, 1, 1, 8, undefinedAddress, 8, 12)}
)

// TestFillValues reads data that were never written, with each version of the
// message that has their value: 2.5.
func TestFillValues(t *testing.T) {
	const value = 0x40200000
	for name, test := range map[string]struct {
		fill encodedMessage
		want float32
	}{
		"version 1":             {encodedMessage{messageFill, 0, little(1, 1, 1, 2, 1, 2, 1, 1, 4, 4, 4, value)}, 2.5},
		"version 2":             {encodedMessage{messageFill, 0, little(1, 2, 1, 2, 1, 2, 1, 1, 4, 4, 4, value)}, 2.5},
		"version 2, undefined":  {encodedMessage{messageFill, 0, little(1, 2, 1, 2, 1, 2, 1, 0)}, 0},
		"version 2, of no size": {encodedMessage{messageFill, 0, little(1, 2, 1, 2, 1, 2, 1, 1, 4, 0)}, 0},
		"version 1, default":    {encodedMessage{messageFill, 0, little(1, 1, 1, 2, 1, 2, 1, 0, 4, 1<<32-1)}, 0},
		"version 3":             {encodedMessage{messageFill, 0, little(1, 3, 1, 1<<5, 4, 4, 4, value)}, 2.5},
		"version 3, undefined":  {encodedMessage{messageFill, 0, little(1, 3, 1, 0)}, 0},
		"old":                   {encodedMessage{messageFillOld, 0, little(4, 4, 4, value)}, 2.5},
		"none":                  {encodedMessage{messageNil, 0, nil}, 0},
	} {
		d, err := rawDataset(t, append(threeFloats, notWrittenLayout, test.fill)...)
		require.NoError(t, err, name)
		got, err := d.Float32s()
		require.NoError(t, err, name)
		require.Equal(t, []float32{test.want, test.want, test.want}, got, name)
	}
}

// TestDatasetHeaders reads data sets whose headers are wrong, or say what is not
// supported: when the data set is opened or when its values are read.
func TestDatasetHeaders(t *testing.T) {
	space := func(b ...byte) encodedMessage { return encodedMessage{messageDataspace, 0, padded(b)} }
	kind := func(b []byte) encodedMessage { return encodedMessage{messageDatatype, 0, padded(b)} }
	layout := func(b []byte) encodedMessage { return encodedMessage{messageLayout, 0, b} }
	filter := func(b []byte) encodedMessage { return encodedMessage{messageFilters, 0, b} }
	floats := func(m ...encodedMessage) []encodedMessage { return append(threeFloats[:2:2], m...) }
	typed := func(b []byte) []encodedMessage {
		return []encodedMessage{threeFloats[0], kind(b), notWrittenLayout}
	}
	shaped := func(b ...byte) []encodedMessage {
		return []encodedMessage{space(b...), threeFloats[1], notWrittenLayout}
	}
	chunks := func(rank uint64, dims ...uint64) []byte {
		fields := []uint64{1, 3, 1, 2, 1, rank, 8, undefinedAddress}
		for _, n := range dims {
			fields = append(fields, 4, n)
		}
		return little(fields...)
	}
	chunks4 := func(index uint64, fields ...uint64) []byte {
		return little(append([]uint64{1, 4, 1, 2, 1, 0, 1, 2, 1, 1, 1, 2, 1, 4, 1, index}, fields...)...)
	}
	eights := bytes.Repeat([]byte{8}, 8*40)
	for name, test := range map[string]struct {
		messages []encodedMessage
		cause    error
		text     string
	}{
		"no shape":  {[]encodedMessage{threeFloats[1], notWrittenLayout}, ErrFormat, "without shape, type or layout"},
		"no type":   {[]encodedMessage{threeFloats[0], notWrittenLayout}, ErrFormat, "without shape, type or layout"},
		"no layout": {floats(), ErrFormat, "without shape, type or layout"},

		"newer shape":         {shaped(9, 1, 0, 0), ErrUnsupported, "version is 9"},
		"33 dimensions":       {shaped(append([]byte{1, 33, 0, 0, 0, 0, 0, 0}, eights...)...), ErrFormat, "33 dimensions"},
		"null and dimensions": {shaped(append([]byte{2, 1, 0, 2}, eights...)...), ErrFormat, "kind 2 of 1 dimensions"},
		"dimension":           {shaped(1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80), ErrTooLarge, "dimension of 9223372036854775808"},
		"product":             {shaped(append([]byte{1, 2, 0, 0, 0, 0, 0, 0}, little(8, math.MaxInt32, 8, math.MaxInt64>>31)...)...), ErrTooLarge, ""},
		"product that wraps":  {shaped(append([]byte{1, 4, 0, 0, 0, 0, 0, 0}, little(8, 1<<16, 8, 1<<16, 8, 1<<16, 8, 1<<16)...)...), ErrTooLarge, "the product of the shape"}, // 2^64
		"shape ends":          {shaped(1, 2, 0, 0, 0, 0, 0, 0), ErrFormat, "ends 0 bytes on"},
		"shrinks":             {shaped(append([]byte{1, 1, 1, 0, 0, 0, 0, 0}, little(8, 3, 8, 2)...)...), ErrFormat, "may grow to 2"},

		"newer type":         {typed(little(1, 9<<4, 3, 0, 4, 4)), ErrUnsupported, "version is 9"},
		"type of no size":    {typed(little(1, 1<<4, 3, 0, 4, 0)), ErrTooLarge, "elements of 0 bytes"},
		"type of large size": {typed(little(1, 1<<4, 3, 0, 4, 1<<31)), ErrTooLarge, "elements of 2147483648 bytes"},
		"padding":            {typed(encodedType(3, 5, 4)), ErrUnsupported, "padding 5"},
		"character set":      {typed(encodedType(3, 7<<4, 4)), ErrUnsupported, "character set 7"},
		"enum of floats":     {typed(encodedType(8, 1, 4, float32Type...)), ErrFormat, "made of other"},
		"enum of other size": {typed(encodedType(8, 1, 2, integerType(4, true)...)), ErrFormat, "an enumeration of 2 bytes made of int32"},
		"enum ends":          {typed(encodedType(8, 1, 2)), ErrFormat, ""},
		"string reference":   {typed(encodedType(9, 1, 12, integerType(1, false)...)), ErrFormat, "takes 12 bytes, not 16"},
		"unknown class":      {typed(encodedType(12, 0, 4)), ErrUnsupported, "values of the type other[4]"},
		"complex":            {typed(encodedType(11, 0, 4)), ErrUnsupported, "complex[4]"},
		"time":               {typed(encodedType(2, 0, 4)), ErrUnsupported, "time[4]"},
		"bits at an offset":  {typed(encodedType(0, 0, 4, 1, 0, 31, 0)), ErrUnsupported, "no usual order"},
		"VAX":                {typed(encodedType(1, 31<<8|2<<4|1<<6|1, 4, 0, 0, 32, 0, 23, 8, 0, 23, 127, 0, 0, 0)), ErrUnsupported, "no usual order"},
		"shared shape": {[]encodedMessage{{messageDataspace, messageShared, little(1, 3, 1, 1, 8, 96)}, threeFloats[1], notWrittenLayout},
			ErrUnsupported, "heap of shared messages"},
		"shared by itself": {[]encodedMessage{threeFloats[0], {messageDatatype, messageShared, little(1, 3, 1, 2, 8, 96)}, notWrittenLayout},
			ErrFormat, "holds no such message"},

		"older layout":         {floats(layout(little(1, 2, 1, 1))), ErrUnsupported, "version is 2"},
		"newer layout":         {floats(layout(little(1, 5, 1, 1))), ErrUnsupported, "version is 5"},
		"shared layout":        {floats(encodedMessage{messageLayout, messageShared, little(1, 3)}), ErrUnsupported, "a shared layout"},
		"class of layout":      {floats(layout(little(1, 3, 1, 7))), ErrFormat, "class is 7"},
		"virtual":              {floats(layout(little(1, 4, 1, 3))), ErrUnsupported, "virtual"},
		"external":             {floats(notWrittenLayout, encodedMessage{messageExternal, 0, nil}), ErrUnsupported, "external files"},
		"compact too short":    {floats(layout(little(1, 3, 1, 0, 2, 11, 8, 0, 8, 0))), ErrFormat, "11 bytes for float32 of shape [3], which take 12"},
		"compact ends":         {floats(layout(little(1, 3, 1, 0, 2, 12, 4, 0))), ErrFormat, "12 are expected"},
		"contiguous outside":   {floats(layout(little(1, 3, 1, 1, 8, 1<<20, 8, 12))), ErrFormat, "outside the file"},
		"contiguous too long":  {floats(layout(little(1, 3, 1, 1, 8, 200, 8, 12))), ErrFormat, "takes 12 bytes, and the file has"},
		"contiguous too short": {floats(layout(little(1, 3, 1, 1, 8, 96, 8, 8))), ErrFormat, "8 bytes for float32 of shape [3], which take 12"},
		"fill of other size":   {floats(notWrittenLayout, encodedMessage{messageFillOld, 0, little(4, 8, 8, 1)}), ErrFormat, "8 bytes for an element of 4"},
		"fill ends":            {floats(notWrittenLayout, encodedMessage{messageFillOld, 0, little(4, 400)}), ErrFormat, "where 400 are expected"},

		"rank of chunks":      {floats(layout(chunks(3, 2, 2, 4))), ErrFormat, "chunks of 2 dimensions, not 1"},
		"empty chunks":        {floats(layout(chunks(2, 0, 4))), ErrTooLarge, "0 long in dimension 0"},
		"elements of chunks":  {floats(layout(chunks(2, 2, 8))), ErrFormat, "elements of 8 bytes in the chunks of float32"},
		"chunks of a scalar":  {[]encodedMessage{{messageDataspace, 0, encodedSpace(nil)}, threeFloats[1], layout(chunks(1, 4))}, ErrFormat, "chunks of a single value"},
		"sizes of dimensions": {floats(layout(little(1, 4, 1, 2, 1, 0, 1, 2, 1, 9))), ErrFormat, "dimensions of 9 bytes"},
		"index of chunks":     {floats(layout(chunks4(6))), ErrUnsupported, "kind 6, not 1 to 5"},
		"single of two":       {floats(layout(chunks4(1, 8, 96))), ErrFormat, "and there are 2"},
		"implicit outside":    {floats(layout(chunks4(2, 8, 1<<40))), ErrFormat, "lies outside the file"},
		"implicit filtered":   {floats(layout(chunks4(2, 8, 96)), filter(little(1, 2, 1, 1, 2, 1, 2, 0, 2, 0))), ErrFormat, "gives no sizes"},
		"not extensible":      {floats(layout(chunks4(4, 5, 0, 8, 96))), ErrFormat, "cannot grow without limit"},

		"newer filters":    {floats(layout(chunks(2, 2, 4)), filter(little(1, 3, 1, 1))), ErrUnsupported, "version is 3"},
		"33 filters":       {floats(layout(chunks(2, 2, 4)), filter(little(1, 2, 1, 33))), ErrFormat, "33 filters"},
		"values of filter": {floats(layout(chunks(2, 2, 4)), filter(little(1, 2, 1, 1, 2, 1, 2, 0, 2, 1000))), ErrFormat, "1000 values"},
		"filters end":      {floats(layout(chunks(2, 2, 4)), filter(little(1, 1, 1, 2, 6, 0))), ErrFormat, "ends"},
	} {
		d, err := rawDataset(t, test.messages...)
		if err == nil {
			_, err = d.Float32s()
		}
		requireError(t, err, test.cause, name)
		require.ErrorContains(t, err, test.text, name)
	}
}

// TestTypeMismatch asks for values of another type than there are.
func TestTypeMismatch(t *testing.T) {
	w := NewWriter()
	w.Root().Dataset("float", []int{1}, []float32{1.5})
	w.Root().Dataset("int", []int{1}, []uint64{1 << 63})
	w.Root().Dataset("string", []int{1}, []string{"a"})
	w.Root().Attribute("two", []string{"a", "b"})
	w.Root().Attribute("one", 1.5)
	b := write(t, w)
	root := open(t, b, 0)
	float, integer, text := dataset(t, root, "float"), dataset(t, root, "int"), dataset(t, root, "string")
	two, err := root.Attribute("two")
	require.NoError(t, err)
	one, err := root.Attribute("one")
	require.NoError(t, err)
	for want, call := range map[string]func() error{
		"/float: values are float32, not integers":    func() error { _, err := float.Int64s(); return err },
		"/float: values are float32, not strings":     func() error { _, err := float.Strings(); return err },
		"/int: one value is 9223372036854775808":      func() error { _, err := integer.Int64s(); return err },
		"/string: values are string[1], not numbers":  func() error { _, err := text.Float32s(); return err },
		"/string: values are string[1], not numbers ": func() error { _, err := text.Float64s(); return err },
		"/@two: values are 2, not one":                func() error { _, err := two.Text(); return err },
		"/@two: values are 2, not one ":               func() error { _, err := two.Bool(); return err },
		"/@one: values are float64, not strings":      func() error { _, err := one.Text(); return err },
		"/@one: values are float64, not integers":     func() error { _, err := one.Bool(); return err },
	} {
		err := call()
		requireError(t, err, ErrType, want)
		require.ErrorContains(t, err, strings.TrimSpace(want))
	}
}

func TestStrings(t *testing.T) {
	require.Equal(t, "opaque", ClassOpaque.String())
	require.Equal(t, "Class(99)", Class(99).String())
	require.Equal(t, "data set", KindDataset.String())
	require.Equal(t, "Kind(99)", Kind(99).String())
	require.Equal(t, "hdf5: invalid file: /a: what: that, at offset 7", (&Error{Path: "/a", Offset: 7, Detail: "what: that", Err: ErrFormat}).Error())
	require.Equal(t, "hdf5: invalid file", (&Error{Offset: -1, Err: ErrFormat}).Error())
}
