package sepconv_test

import (
	"fmt"

	"github.com/sepconv/go/sepconv"
	"github.com/sepconv/go/sepconv/regularizers"
)

func ExampleZero() {
	for _, r := range []regularizers.L2{{}, {Factor: sepconv.Zero}} {
		loss, err := r.Loss([]float32{1, 2, 3}, []int{3})
		fmt.Println(loss > 0, err)
	}
	// Output:
	// true <nil>
	// false <nil>
}
