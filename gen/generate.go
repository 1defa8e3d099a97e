// Package gen holds the generators of internal/asm. They write every assembly
// file and its stubs:
//
//	go -C gen generate ./...
package gen

//go:generate go run ./amd64 -set avx2 -dir ../internal/asm
//go:generate go run ./amd64 -set avx512 -dir ../internal/asm
//go:generate go run ./arm64 -dir ../internal/asm
