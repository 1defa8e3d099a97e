//go:build purego || noasm || !(amd64 || arm64)

package peak

var (
	loops map[string]loop
	reads map[string]func(src *float32, iterations int)
)
