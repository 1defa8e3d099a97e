// Sepconv runs, describes and converts the models that Keras saves, from a shell.
//
//	sepconv run model.keras < input.npy > scores.json
//	sepconv summary model.keras
//	sepconv convert model.h5 model.weights.h5
//	sepconv version
//
// "sepconv help COMMAND" tells the flags and gives examples. It exits with 0, with 1
// after an error, and with 2 if it was called wrongly.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/sepconv/go/internal/budget"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(run(&env{ctx, os.Stdin, os.Stdout, os.Stderr}, os.Args[1:]))
}

// env is what a command is called with.
type env struct {
	ctx    context.Context // done when the user interrupts
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
}

// command is a word of the command line.
type command struct {
	name string
	does string // in a line
	help string
	run  func(e *env, args []string) error
}

func commands() []command {
	return []command{
		{"run", "run a model on npy, csv, wav or text", runHelp, runCommand},
		{"summary", "list a model's layers, shapes and parameters", summaryHelp, summaryCommand},
		{"convert", "write a model in another format", convertHelp, convertCommand},
		{"version", "tell the version and the kernels for this CPU", versionHelp, versionCommand},
	}
}

const (
	exitError = 1
	exitUsage = 2
)

// run does what the arguments say and returns the exit code.
func run(e *env, args []string) int {
	if len(args) == 0 {
		fmt.Fprint(e.stderr, usage())
		return exitUsage
	}
	name, args := args[0], args[1:]
	switch name {
	case "help", "-h", "-help", "--help":
		return help(e, args)
	case "-version", "--version":
		name = "version"
	}
	for _, c := range commands() {
		if c.name == name {
			return e.report(c, c.run(e, args))
		}
	}
	fmt.Fprintf(e.stderr, "sepconv: there is no command %q\n\n%s", name, usage())
	return exitUsage
}

// report prints what went wrong with a command.
func (e *env) report(c command, err error) int {
	var wrong usageError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(e.stdout, c.help)
		return 0
	case errors.As(err, &wrong):
		fmt.Fprintf(e.stderr, "sepconv %s: %v\n\"sepconv help %[1]s\" tells how to call it\n", c.name, err)
		return exitUsage
	case e.ctx.Err() != nil:
		err = errors.New("interrupted")
	}
	fmt.Fprintf(e.stderr, "sepconv %s: %s\n", c.name, message(err))
	if errors.Is(err, budget.ErrExceeded) {
		fmt.Fprintln(e.stderr, "-max-bytes 4G, say, raises the limit; 1G is the default")
	}
	return exitError
}

// help prints the usage, or what a command does.
func help(e *env, args []string) int {
	if len(args) == 0 {
		fmt.Fprint(e.stdout, usage())
		return 0
	}
	for _, c := range commands() {
		if c.name == args[0] {
			fmt.Fprint(e.stdout, c.help)
			return 0
		}
	}
	fmt.Fprintf(e.stderr, "sepconv: there is no command %q\n\n%s", args[0], usage())
	return exitUsage
}

func usage() string {
	text := "Sepconv runs, describes and converts the models that Keras saves.\n\n"
	for _, c := range commands() {
		text += fmt.Sprintf("\tsepconv %-8s  %s\n", c.name, c.does)
	}
	return text + "\n\"sepconv help COMMAND\" tells the flags of one, with examples.\n"
}
