package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// csvFile gives the examples of comma-separated values. A row is a step and has a number
// for each channel; or a row is an example.
type csvFile struct {
	r      *csv.Reader
	memory *boundedReader
	ports  []port
	o      inputOptions
	first  []string // the row that was read to see whether it is a header
	header bool     // there was one

	columns int // of a row; open if each may have another number
	rows    int // of an example; 0 for all
	done    int // examples
	line    int // of the row that was read last
}

func newCSV(r *bufio.Reader, ports []port, o inputOptions) (examples, error) {
	numeric := ports[0].Text == nil
	if err := skipMark(r); err != nil {
		return nil, err
	}
	begin, err := peek(r)
	if err != nil && err != io.EOF {
		return nil, err
	}
	comma := ','
	switch {
	case o.comma != "":
		comma, _ = utf8.DecodeRuneInString(o.comma)
	case numeric:
		comma = separator(begin)
	}
	f := &csvFile{ports: ports, o: o, memory: &boundedReader{r: r, comma: []byte(string(comma))}}
	f.r = csv.NewReader(f.memory)
	f.r.Comma = comma
	f.r.FieldsPerRecord = -1 // checked here, where the model tells how many
	f.r.ReuseRecord = true
	f.r.TrimLeadingSpace = numeric
	if numeric {
		f.r.Comment = '#' // as numpy.savetxt writes a header
	}
	if err := f.begin(numeric); err != nil || !numeric {
		return f, err
	}
	return f, f.shape(len(f.first))
}

// begin reads the header, if there is one, and the first row.
func (f *csvFile) begin(numeric bool) error {
	row, err := f.read()
	if err == io.EOF {
		return errors.New("it has no rows")
	}
	if err != nil {
		return err
	}
	switch f.o.header {
	case "yes":
		f.header = true
	case "auto":
		// A header has no number at all, so that a row with a slip in it is not taken for one.
		f.header = numeric && !slices.ContainsFunc(row, isNumber)
	}
	if f.header {
		if row, err = f.read(); err == io.EOF {
			return errors.New("there are no rows after the header")
		} else if err != nil {
			return err
		}
	}
	f.first = slices.Clone(row)
	return nil
}

// separator tells what is between the numbers of a row: the first row that is not empty.
func separator(begin []byte) rune {
	for line := range strings.Lines(string(begin)) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		for _, c := range ",;\t" {
			if strings.ContainsRune(line, c) {
				return c
			}
		}
		if strings.ContainsRune(line, ' ') && !slices.ContainsFunc(strings.Fields(line), func(s string) bool { return !isNumber(s) }) {
			return ' ' // numpy.savetxt without a delimiter
		}
		break
	}
	return ','
}

// shape finds what a row is, by its number of columns.
func (f *csvFile) shape(columns int) error {
	p := f.ports[0]
	example := p.example()
	total, isOpen := p.fixed()
	f.columns = columns
	last := 1
	if len(example) > 0 {
		last = example[len(example)-1]
	}
	switch {
	case last == open: // of which rows may have different numbers
		f.columns, f.rows = open, total
	case columns == last && isOpen && f.o.steps > 0 && example[0] == open:
		f.rows = f.o.steps * (total / last)
	case columns == last && isOpen:
		f.rows = 0
	case columns == last:
		f.rows = total / max(last, 1)
	case !isOpen && columns == total:
		f.rows = 1
	case last == 1 && isOpen && len(example) == 2: // a row a signal
		f.columns, f.rows = open, 1
	default:
		or := ""
		if !isOpen && total != last {
			or = fmt.Sprintf(", or an example in a row of %d", total)
		}
		return fmt.Errorf("row 1 has %d columns; %s, has a step in a row of %d%s", columns, p, last, or)
	}
	if f.o.steps > 0 && f.rows != f.o.steps*(total/max(last, 1)) {
		return fmt.Errorf("-steps is %d; %s, and rows of %d columns leave no steps open", f.o.steps, p, columns)
	}
	return nil
}

func (f *csvFile) count() int {
	if f.ports[0].Text == nil && f.rows == 0 {
		return 1
	}
	return -1
}

func (f *csvFile) about() string {
	what := "a row an example"
	switch {
	case f.ports[0].Text != nil || f.rows == 1:
	case f.rows == 0:
		what = "all rows one example"
	default:
		what = fmt.Sprintf("%d rows an example", f.rows)
	}
	if f.header {
		what += ", after a header"
	}
	return "csv, " + what
}

// row returns the next row.
func (f *csvFile) row() ([]string, error) {
	if row := f.first; row != nil {
		f.first = nil
		return row, nil
	}
	return f.read()
}

func (f *csvFile) read() ([]string, error) {
	// The reader keeps a row whole, however long; and what it has read ahead is not counted.
	f.memory.left = f.o.maxBytes
	row, err := f.r.Read()
	if errors.Is(err, errBound) {
		return nil, errTooLarge("a row", f.o.maxBytes)
	}
	var syntax *csv.ParseError
	if errors.As(err, &syntax) {
		return nil, fmt.Errorf("line %d, column %d: %w", syntax.Line, syntax.Column, syntax.Err)
	}
	if err == nil {
		f.line, _ = f.r.FieldPos(0)
	}
	return row, err
}

func (f *csvFile) next(dst [][]float32) error {
	if f.ports[0].Text != nil {
		row, err := f.row()
		if err != nil {
			return err
		}
		if err := fillFields(dst, f.ports, row, f.o); err != nil {
			return f.errorf("%w", err)
		}
		return nil
	}
	before := len(dst[0])
	for i := 0; f.rows == 0 || i < f.rows; i++ {
		row, err := f.row()
		if err == io.EOF && i > 0 && f.rows == 0 {
			break
		}
		if err == io.EOF && i > 0 {
			hint := ""
			if f.o.pad {
				hint = "; -pad fills up recordings alone"
			}
			return fmt.Errorf("it ends after %d of the %d rows of example %d%s", i, f.rows, f.done, hint)
		}
		if err != nil {
			return err
		}
		if dst[0], err = f.numbers(dst[0], row); err != nil {
			return err
		}
		if int64(len(dst[0])-before) > f.o.maxBytes/4 {
			return errTooLarge(fmt.Sprintf("example %d", f.done), f.o.maxBytes)
		}
	}
	f.done++
	if f.ports[0].Integer {
		if err := checkWhole(dst[0][before:]); err != nil {
			return f.errorf("%w", err)
		}
	}
	return nil
}

// numbers appends those of a row.
func (f *csvFile) numbers(dst []float32, row []string) ([]float32, error) {
	if f.columns != open && len(row) != f.columns {
		return dst, f.errorf("there are %d columns; the rows before have %d", len(row), f.columns)
	}
	for i, field := range row {
		x, err := strconv.ParseFloat(strings.TrimSpace(field), 32)
		switch {
		case errors.Is(err, strconv.ErrRange):
			return dst, f.errorf("column %d is %.40q, which is beyond float32 (%g)", i+1, field, math.MaxFloat32)
		case strings.TrimSpace(field) == "":
			return dst, f.errorf("column %d is empty; it must be a number, or NaN", i+1)
		case err != nil && isNumber(strings.Replace(field, ",", ".", 1)):
			return dst, f.errorf("column %d is %.40q; decimals stand behind a point", i+1, field)
		case err != nil:
			return dst, f.errorf("column %d is %.40q; it must be a number (-header=yes leaves the first row out)", i+1, field)
		}
		dst = append(dst, float32(x))
	}
	return dst, nil
}

// errorf is an error in the row that was read last.
func (f *csvFile) errorf(format string, arguments ...any) error {
	return fmt.Errorf("line %d: %w", f.line, fmt.Errorf(format, arguments...))
}

func isNumber(field string) bool {
	_, err := strconv.ParseFloat(strings.TrimSpace(field), 32)
	return err == nil || errors.Is(err, strconv.ErrRange)
}

// errBound: a boundedReader has given what it may.
var errBound = errors.New("beyond the limit")

// fieldBytes is what a field takes beside its text: a string, and where it begins and was.
const fieldBytes = 48

// boundedReader reads at most left bytes more, of which a separator counts as a field.
type boundedReader struct {
	r     io.Reader
	comma []byte
	left  int64
}

func (b *boundedReader) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errBound
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n) + fieldBytes*int64(bytes.Count(p[:n], b.comma))
	return n, err
}
