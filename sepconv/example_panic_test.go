package sepconv_test

import (
	"errors"
	"fmt"

	"github.com/sepconv/go/sepconv"
)

// An activation's panic reaches the caller of Run, from whatever goroutine. If it
// was an error, errors.Is and errors.As find it either way.
func ExamplePanic() {
	errLarge := errors.New("the signal is too large")
	layer, err := sepconv.New(sepconv.Config{
		Filters: 8, KernelSize: 3,
		Activation: sepconv.ActivationFunc(func([]float32) { panic(errLarge) }),
	}, 4)
	if err != nil {
		panic(err)
	}
	plan, err := layer.Compile()
	if err != nil {
		panic(err)
	}
	defer func() {
		switch r := recover().(type) {
		case *sepconv.Panic: // on a goroutine of the library; r.Stack says where
			fmt.Println(errors.Is(r, errLarge))
		case error: // on this one
			fmt.Println(errors.Is(r, errLarge))
		}
	}()
	fmt.Println(plan.Run(make([]float32, 98*8), make([]float32, 100*4), 1, 100))
	// Output: true
}
