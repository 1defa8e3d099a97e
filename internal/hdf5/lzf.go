package hdf5

import "errors"

var errLZF = errors.New("invalid lzf data")

// unlzf undoes the compression of Marc Lehmann's LibLZF, which h5py calls lzf, and
// returns how many bytes there are. The data are literals, each run after its
// length, and copies of up to 264 bytes that begin up to 8192 bytes back.
func unlzf(dst, src []byte) (int, error) {
	n := 0
	for len(src) > 0 {
		control := int(src[0])
		src = src[1:]
		if control < 32 { // literals
			length := control + 1
			if length > len(src) {
				return 0, errLZF
			}
			if length > len(dst)-n {
				return 0, errTooLong
			}
			n += copy(dst[n:], src[:length])
			src = src[length:]
			continue
		}
		length := control >> 5
		if length == 7 {
			if len(src) == 0 {
				return 0, errLZF
			}
			length += int(src[0])
			src = src[1:]
		}
		length += 2
		if len(src) == 0 {
			return 0, errLZF
		}
		from := n - (control&31)<<8 - int(src[0]) - 1
		src = src[1:]
		if from < 0 {
			return 0, errLZF
		}
		if length > len(dst)-n {
			return 0, errTooLong
		}
		for range length { // byte by byte, as a copy may include what it has written
			dst[n] = dst[from]
			n++
			from++
		}
	}
	return n, nil
}
