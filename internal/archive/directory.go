package archive

import (
	"bytes"
	"encoding/binary"
	"io"

	"github.com/sepconv/go/internal/budget"
)

const (
	// directoryHeader is the least that a member takes in the directory.
	directoryHeader = 46
	// directoryTail is what is read to find the directory: the end of the file, with
	// a comment of up to 65535 bytes, by blocks, of which some are read twice.
	directoryTail = 80 << 10
)

// maxDirectory returns how many bytes may be read for the directory. A member that
// takes directoryHeader bytes there takes memberCost in memory.
func maxDirectory(b *budget.Budget) int64 {
	return directoryTail + b.Left()/memberCost*directoryHeader*2
}

// directoryRecords returns the largest number of members that the end of a file can
// be taken to announce in the 64-bit format: archive/zip allocates the list of them
// before it has read the first, if only the file is long enough, which costs nobody
// anything. In the 32-bit format there are no more than 65535.
func directoryRecords(r io.ReaderAt, size int64) (most uint64, err error) {
	const (
		locator      = "PK\x06\x07" // section 4.3.15 of the ZIP specification
		locatorSize  = 20
		offsetOfEnd  = 8
		end          = "PK\x06\x06" // section 4.3.14
		endSize      = 56
		offsetOfMany = 32
	)
	tail := make([]byte, min(size, directoryTail))
	if _, err := r.ReadAt(tail, size-int64(len(tail))); err != nil && err != io.EOF {
		return 0, err
	}
	for {
		i := bytes.Index(tail, []byte(locator))
		if i < 0 || len(tail)-i < locatorSize {
			return most, nil
		}
		at := binary.LittleEndian.Uint64(tail[i+offsetOfEnd:])
		var record [endSize]byte
		if at < uint64(size) {
			if n, _ := r.ReadAt(record[:], int64(at)); n == endSize && string(record[:4]) == end {
				most = max(most, binary.LittleEndian.Uint64(record[offsetOfMany:]))
			}
		}
		tail = tail[i+1:]
	}
}
