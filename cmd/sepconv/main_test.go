package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sepconv/go/sepconv"
	"github.com/stretchr/testify/require"
)

// result is what a call printed, and its exit code.
type result struct {
	stdout, stderr string
	code           int
}

// call calls the command as a shell does.
func call(stdin string, args ...string) result {
	return callWith(context.Background(), strings.NewReader(stdin), args...)
}

func callWith(ctx context.Context, stdin io.Reader, args ...string) result {
	var stdout, stderr bytes.Buffer
	code := run(&env{ctx, stdin, &stdout, &stderr}, args)
	return result{stdout.String(), stderr.String(), code}
}

// succeed calls the command and returns what it printed.
func succeed(t testing.TB, stdin string, args ...string) string {
	t.Helper()
	r := call(stdin, args...)
	require.Zero(t, r.code, "%q: %s", args, r.stderr)
	return r.stdout
}

func data(name string) string { return filepath.Join("testdata", name) }

func contents(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(b)
}

// example is a line of output.
type example struct {
	Example int            `json:"example"`
	File    string         `json:"file"`
	Outputs map[string]any `json:"outputs"`
}

func examplesIn(t testing.TB, output string) (list []example) {
	t.Helper()
	for line := range strings.Lines(output) {
		var e example
		require.NoError(t, json.Unmarshal([]byte(line), &e), line)
		require.Equal(t, len(list), e.Example)
		list = append(list, e)
	}
	return list
}

func TestHelp(t *testing.T) {
	r := call("")
	require.Equal(t, exitUsage, r.code)
	require.Empty(t, r.stdout)
	for _, c := range commands() {
		require.Contains(t, r.stderr, "sepconv "+c.name)
		for _, args := range [][]string{{"help", c.name}, {c.name, "-h"}, {c.name, "-help"}} {
			r := call("", args...)
			require.Equal(t, result{c.help, "", 0}, r, args)
		}
		require.True(t, strings.HasPrefix(c.help, "sepconv "+c.name))
		r := call("", c.name, "-bogus")
		require.Equal(t, exitUsage, r.code)
		require.Contains(t, r.stderr, "flag provided but not defined: -bogus\n\"sepconv help "+c.name+"\" tells")
	}
	for _, word := range []string{"help", "-h", "-help", "--help"} {
		require.Zero(t, call("", word).code)
	}
	for _, args := range [][]string{{"bogus"}, {"help", "bogus"}} {
		r := call("", args...)
		require.Equal(t, exitUsage, r.code)
		require.Contains(t, r.stderr, `there is no command "bogus"`)
	}
}

// Each flag is in the help, and no other.
func TestHelpHasAllFlags(t *testing.T) {
	for name, flags := range map[string]string{
		"run":     "input format header comma steps rate mono pad top labels output o batch threads kernel weights max-bytes v progress",
		"summary": "json weights kernel max-bytes",
		"convert": "f to weights max-bytes progress",
		"version": "json",
	} {
		help := succeed(t, "", "help", name)
		if _, table, ok := strings.Cut(help, "\nFlags:\n\n"); ok {
			help = table
		}
		for _, f := range strings.Fields(flags) {
			require.Contains(t, help, "-"+f, name)
			r := call("", name, "-"+f)
			require.NotContains(t, r.stderr, "not defined", "%s -%s", name, f)
		}
		if name != "version" {
			n := 0
			for line := range strings.Lines(help) {
				if strings.HasPrefix(line, "  -") {
					n++
				}
			}
			require.Equal(t, len(strings.Fields(flags)), n, name)
		}
	}
}

func TestVersion(t *testing.T) {
	for _, args := range [][]string{{"version"}, {"-version"}, {"--version"}} {
		out := succeed(t, "", args...)
		require.Contains(t, out, "kernels: "+strings.Join(sepconv.Kernels(), ", "))
		require.True(t, strings.HasPrefix(out, "sepconv "))
	}
	var v version
	require.NoError(t, json.Unmarshal([]byte(succeed(t, "", "version", "-json")), &v))
	require.Equal(t, sepconv.Kernels(), v.Kernels)
	require.NotEmpty(t, v.Version)
}

func TestByteSize(t *testing.T) {
	for text, want := range map[string]byteSize{
		"1": 1, "1000": 1000, "3K": 3 << 10, "512M": 512 << 20, "4G": 4 << 30, "4GiB": 4 << 30, "2GB": 2 << 30, "1T": 1 << 40, "8B": 8,
	} {
		var b byteSize
		require.NoError(t, b.Set(text), text)
		require.Equal(t, want, b, text)
	}
	for _, text := range []string{"", "0", "-1", "M", "1X", "1MG", "1.5G", "9223372036854775807K", "1 M", "1i", "GB1"} {
		var b byteSize
		err := b.Set(text)
		if text == "1i" { // harmless
			continue
		}
		require.Error(t, err, text)
	}
}

// Flags may stand anywhere, and names may begin with a dash.
func TestFlagsAnywhere(t *testing.T) {
	want := succeed(t, "", "run", data("signal.keras"), data("signal.npy"))
	for _, args := range [][]string{
		{"run", "-batch", "1", data("signal.keras"), data("signal.npy")},
		{"run", data("signal.keras"), "-batch", "1", data("signal.npy")},
		{"run", data("signal.keras"), data("signal.npy"), "-batch=1"},
		{"run", "-batch=1", "--", data("signal.keras"), data("signal.npy")},
	} {
		require.Equal(t, want, succeed(t, "", args...), args)
	}
	r := call("", "run", "--", data("signal.keras"), "-batch")
	require.Equal(t, exitError, r.code)
	require.Contains(t, r.stderr, "-batch")
}
