// Command avx512-init is process 1 of the machine that .ci/avx512 emulates: it
// runs the test binaries it finds and reports on the console. .ci/avx512 then
// stops the machine, as Linux does not always manage to switch it off.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/cpu"
)

func main() {
	for _, m := range []struct{ kind, dir string }{
		{"proc", "/proc"}, {"sysfs", "/sys"}, {"devtmpfs", "/dev"}, {"tmpfs", "/tmp"},
	} {
		if err := os.MkdirAll(m.dir, 0o777); err != nil {
			fmt.Println("== init:", err)
		}
		if err := syscall.Mount(m.kind, m.dir, m.kind, 0, ""); err != nil {
			fmt.Println("== init: mounting", m.dir, err)
		}
	}
	reportCPU()

	// Each file holds a directory, and after a line break the arguments.
	// ReadDir sorts by name.
	tests, err := os.ReadDir("/tests")
	if err != nil {
		fmt.Println("== init:", err)
	}
	for _, t := range tests {
		text, err := os.ReadFile(filepath.Join("/tests", t.Name()))
		if err != nil {
			fmt.Println("== init:", err)
			continue
		}
		dir, args, _ := strings.Cut(string(text), "\n")
		run(dir, strings.Fields(args))
	}
	fmt.Println("== end")
	for { // process 1 must not end
		time.Sleep(time.Hour)
	}
}

// reportCPU prints what the kernel says of AVX-512, and what a Go program sees:
// unlike the former, the latter asks for the operating system's consent too,
// that is whether it saves the registers.
func reportCPU() {
	info, _ := os.ReadFile("/proc/cpuinfo")
	var kernel []string
	for line := range strings.Lines(string(info)) {
		name, value, _ := strings.Cut(line, ":")
		switch strings.TrimSpace(name) {
		case "model name":
			fmt.Println("== cpu:", strings.TrimSpace(value))
		case "flags":
			for _, flag := range strings.Fields(value) {
				if strings.HasPrefix(flag, "avx512") {
					kernel = append(kernel, flag)
				}
			}
		}
	}
	fmt.Println("== flags:", strings.Join(kernel, " "))
	var seen []string
	for _, f := range []struct {
		name string
		has  bool
	}{
		{"avx512f", cpu.X86.HasAVX512F}, {"avx512bw", cpu.X86.HasAVX512BW},
		{"avx512dq", cpu.X86.HasAVX512DQ}, {"avx512vl", cpu.X86.HasAVX512VL},
	} {
		if f.has {
			seen = append(seen, f.name)
		}
	}
	fmt.Println("== usable:", strings.Join(seen, " "))
}

// run runs the test binary in dir there, as go test does.
func run(dir string, args []string) {
	fmt.Println("== run", dir, strings.Join(args, " "))
	start := time.Now()
	cmd := exec.Command("./package.test", args...)
	cmd.Dir = filepath.Join("/src", dir)
	cmd.Env = []string{"HOME=/tmp", "TMPDIR=/tmp", "PATH=/", "PWD=" + cmd.Dir}
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	status := 0
	if err := cmd.Run(); err != nil {
		fmt.Printf("\n== init: %s: %v\n", dir, err)
		status = max(cmd.ProcessState.ExitCode(), 1)
	}
	// A test may have left its last line unfinished.
	fmt.Printf("\n== exit %d %s %v of emulated time\n", status, dir, time.Since(start).Round(time.Millisecond))
}
