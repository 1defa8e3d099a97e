package main

import (
	"os"
	"os/signal"
	"sync"
)

// leftovers are what must not outlive this process: peers, which stopped as they
// are most of the time would stay for ever, and directories.
var leftovers = leftoverList{processes: map[*os.Process]bool{}, dirs: map[string]bool{}}

type leftoverList struct {
	mutex     sync.Mutex
	processes map[*os.Process]bool
	dirs      map[string]bool
}

// started notes a process.
func (l *leftoverList) started(p *os.Process) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.processes[p] = true
}

// ended strikes it out.
func (l *leftoverList) ended(p *os.Process) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	delete(l.processes, p)
}

// tempDir makes a directory.
func (l *leftoverList) tempDir() (string, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	dir, err := os.MkdirTemp("", "sepconv-bench-")
	if err == nil {
		l.dirs[dir] = true
	}
	return dir, err
}

// remove removes a directory that tempDir has made.
func (l *leftoverList) remove(dir string) error {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	delete(l.dirs, dir)
	return os.RemoveAll(dir)
}

// clear removes everything. Nothing can be added any more.
func (l *leftoverList) clear() {
	l.mutex.Lock()
	for p := range l.processes {
		p.Kill()
	}
	for dir := range l.dirs {
		os.RemoveAll(dir)
	}
}

// clearWhenEnded leaves nothing over when the user ends this process.
func clearWhenEnded() {
	const ended = 130 // as shells say of what ^C has ended
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, endings...)
	go func() {
		<-signals
		leftovers.clear()
		os.Exit(ended)
	}()
}
