package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// What the readers of several formats share.

// peek returns what the file begins with: what is there without waiting for more of it than
// tells the formats apart.
func peek(r *bufio.Reader) ([]byte, error) {
	const least = len("RIFFsizeWAVE")
	if begin, err := r.Peek(least); err != nil {
		return begin, err
	}
	return r.Peek(r.Buffered())
}

// skipMark skips a byte order mark of UTF-8.
func skipMark(r *bufio.Reader) error {
	const mark = "\ufeff"
	begin, err := r.Peek(len(mark))
	if err == nil && string(begin) == mark {
		_, err = r.Discard(len(mark))
	}
	if err == io.EOF {
		return nil
	}
	return err
}

// checkWhole reports a whole number that float32 has rounded.
func checkWhole(values []float32) error {
	const most = 1 << 24
	for i, x := range values {
		if x > most || x < -most {
			return fmt.Errorf("element %d is %v; whole numbers may be up to 2^24, which float32 holds", i, x)
		}
	}
	return nil
}

// mostEmpty is how many examples without a byte a file may have: a header alone must not be
// enough for output without end.
const mostEmpty = 1 << 20

func errEmpty(n int) error {
	return fmt.Errorf("it has %d examples with nothing in them; such may be %d", n, mostEmpty)
}

func npyEnd(r *bufio.Reader) error {
	if _, err := r.ReadByte(); err == nil {
		return errors.New("more follows its array; give a file of one array")
	} else if err != io.EOF {
		return err
	}
	return nil
}
