package main

import (
	"context"
	"fmt"
	"io"
	"os"
)

// Input and output that the user can interrupt, even while they wait.

// openFile opens a file, or a pipe and the like, of which also opening can take as long as it
// likes: until something writes.
func openFile(ctx context.Context, name string) (io.Reader, io.Closer, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, nil, err
	}
	if info.IsDir() {
		return nil, nil, fmt.Errorf("%s: it is a directory; give the files in it", name)
	}
	if info.Mode().IsRegular() {
		f, err := os.Open(name)
		if err != nil {
			return nil, nil, err
		}
		return f, f, nil
	}
	type opened struct {
		f   *os.File
		err error
	}
	done := make(chan opened, 1)
	go func() {
		f, err := os.Open(name)
		done <- opened{f, err}
	}()
	select {
	case o := <-done:
		if o.err != nil {
			return nil, nil, o.err
		}
		return interruptible(ctx, o.f), o.f, nil
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
}

// interruptible returns a reader that fails when the context is done, even while it waits
// for a terminal or a pipe.
func interruptible(ctx context.Context, r io.Reader) io.Reader {
	from, to := io.Pipe()
	context.AfterFunc(ctx, func() { from.CloseWithError(ctx.Err()) })
	go func() {
		_, err := io.Copy(to, r)
		to.CloseWithError(err)
	}()
	return from
}

// interruptibleWriter is a writer that fails when the context is done.
type interruptibleWriter struct {
	ctx context.Context
	w   io.Writer
}

func (i interruptibleWriter) Write(p []byte) (int, error) {
	if err := i.ctx.Err(); err != nil {
		return 0, err
	}
	return i.w.Write(p)
}
