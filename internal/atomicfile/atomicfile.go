// Package atomicfile writes files whole or not at all.
package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Write writes a file under another name in its directory and then gives it its own. When
// there is an error, what name was before is untouched, and nothing else is left. A file
// that is replaced keeps its mode, and a link its place.
func Write(name string, write func(io.Writer) error) (err error) {
	if name, err = followed(name); err != nil {
		return err
	}
	old, err := os.Stat(name)
	if err == nil && !old.Mode().IsRegular() {
		return fmt.Errorf("it is a %v, not a file", old.Mode().Type())
	}
	f, err := createBeside(name)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if old != nil {
		if err := f.Chmod(old.Mode().Perm()); err != nil {
			return err
		}
	}
	if err := write(f); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// followed returns what a link leads to, be it there or not.
func followed(name string) (string, error) {
	const mostLinks = 40 // as in Linux
	for range mostLinks {
		target, err := os.Readlink(name)
		if err != nil {
			return name, nil // no link
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(name), target)
		}
		name = target
	}
	return "", errors.New("it is a link that leads nowhere, through more than 40 others")
}

// createBeside creates a file of a name that nothing has, in the directory of
// another.
func createBeside(name string) (*os.File, error) {
	for i := 0; ; i++ {
		other := filepath.Join(filepath.Dir(name), fmt.Sprintf(".sepconv-%d-%d.tmp", os.Getpid(), i))
		f, err := os.OpenFile(other, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		var failed *os.PathError
		switch {
		case err == nil:
			return f, nil
		case !errors.As(err, &failed):
			return nil, err
		case !errors.Is(err, os.ErrExist) || i > 1000: // the user gave another name
			return nil, &os.PathError{Op: "create a file in", Path: filepath.Dir(name), Err: failed.Err}
		}
	}
}
