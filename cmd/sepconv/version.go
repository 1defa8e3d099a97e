package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/sepconv/go/sepconv"
)

const versionHelp = `sepconv version [-json]

Tells the version, the Go it was built with, and the sets of kernels that this CPU can
run, best first; -kernel of "sepconv run" takes one of them.
`

// version is what is known of this program.
type version struct {
	Version  string   `json:"version"` // of the module; "(devel)" of a checkout
	Revision string   `json:"revision,omitempty"`
	Modified bool     `json:"modified,omitempty"` // the checkout had changes
	Go       string   `json:"go"`
	Platform string   `json:"platform"`
	Kernels  []string `json:"kernels"`
}

func versionCommand(e *env, args []string) error {
	f := newFlags("version")
	asJSON := f.Bool("json", false, "")
	rest, err := parse(f, args)
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return wrongUse("there is an argument, %q; it takes none", rest[0])
	}
	v := thisVersion()
	if *asJSON {
		return json.NewEncoder(e.stdout).Encode(v)
	}
	text := "sepconv " + v.Version
	if v.Revision != "" {
		text += ", revision " + v.Revision
		if v.Modified {
			text += " with changes"
		}
	}
	_, err = fmt.Fprintf(e.stdout, "%s\n%s %s\nkernels: %s\n", text, v.Go, v.Platform, strings.Join(v.Kernels, ", "))
	return err
}

func thisVersion() version {
	v := version{Version: "(devel)", Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH, Kernels: sepconv.Kernels()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if info.Main.Version != "" {
		v.Version = info.Main.Version
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Revision = s.Value
		case "vcs.modified":
			v.Modified = s.Value == "true"
		}
	}
	return v
}
