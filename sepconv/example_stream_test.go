package sepconv_test

import (
	"fmt"
	"log"

	"github.com/sepconv/go/sepconv"
)

// newSums compiles a layer whose outputs are the sums of three steps.
func newSums(padding sepconv.Padding, strides int) *sepconv.Plan {
	layer, err := sepconv.NewFromWeights(sepconv.Config{Filters: 1, KernelSize: 3, Strides: strides, Padding: padding, NoBias: true}, 1,
		sepconv.Weights{Depthwise: []float32{1, 1, 1}, Pointwise: []float32{1}})
	if err != nil {
		log.Fatal(err)
	}
	plan, err := layer.Compile()
	if err != nil {
		log.Fatal(err)
	}
	return plan
}

// A signal in chunks of any length. Where outputs look at later steps, as with Same
// padding, each is given when it is final, and the last ones at the end.
func ExampleStream() {
	stream, err := newSums(sepconv.Same, 1).Stream()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("delay", stream.Delay(), "reach", stream.Reach())
	for _, chunk := range [][]float32{{1, 2}, {}, {3}, {4, 5, 6}} {
		dst := make([]float32, stream.Steps(len(chunk)))
		n, err := stream.Push(dst, chunk)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(chunk, "gives", dst[:n])
	}
	dst := make([]float32, stream.Rest())
	n, err := stream.Flush(dst)
	fmt.Println("the end gives", dst[:n], err)
	// Output:
	// delay 1 reach 3
	// [1 2] gives [3]
	// [] gives []
	// [3] gives [6]
	// [4 5 6] gives [9 12 15]
	// the end gives [11] <nil>
}

// A signal moves to another process.
func ExampleStream_MarshalBinary() {
	plan := newSums(sepconv.Causal, 1)
	here, err := plan.Stream()
	if err != nil {
		log.Fatal(err)
	}
	dst := make([]float32, 2)
	if _, err := here.Push(dst, []float32{1, 2}); err != nil {
		log.Fatal(err)
	}
	state, err := here.MarshalBinary()
	if err != nil {
		log.Fatal(err)
	}

	there, err := plan.Stream()
	if err != nil {
		log.Fatal(err)
	}
	if err := there.UnmarshalBinary(state); err != nil {
		log.Fatal(err)
	}
	n, err := there.Push(dst, []float32{3})
	fmt.Println(len(state), dst[:n], err)

	other, err := newSums(sepconv.Valid, 1).Stream()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.67v\n", other.UnmarshalBinary(state))
	// Output:
	// 73 [6] <nil>
	// sepconv: invalid state of a stream: it is of another layer: the fin
}

func ExampleStreamOption() {
	plan := newSums(sepconv.Same, 2)
	_, err := plan.Stream()
	fmt.Println(err)
	stream, err := plan.Stream(sepconv.KnownLength(1)) // an odd number of steps
	if err != nil {
		log.Fatal(err)
	}
	dst := make([]float32, 3)
	n, err := stream.Push(dst, []float32{1, 2, 3, 4, 5})
	fmt.Println(dst[:n], err)
	n, err = stream.Flush(dst)
	fmt.Println(dst[:n], err)
	// Output:
	// sepconv: invalid configuration: with padding "same" and strides 2 the zeros in front of a signal depend on its length; state it, or its remainder by 2, with sepconv.KnownLength
	// [3 9] <nil>
	// [9] <nil>
}

// Three conversations, of which two have something new.
func ExampleBank() {
	bank, err := newSums(sepconv.Causal, 1).Bank(3)
	if err != nil {
		log.Fatal(err)
	}
	dst := make([]float32, 3)
	// A step of slot 2, and two of slot 0.
	n, err := bank.Push([]int{2, 0}, dst, []float32{100, 1, 2}, []int{1, 2})
	fmt.Println(dst[:n], err)
	// All go on, in any order.
	n, err = bank.Push([]int{0, 1, 2}, dst, []float32{3, 7, 200}, []int{1, 1, 1})
	fmt.Println(dst[:n], err)
	// Output:
	// [100 1 3] <nil>
	// [6 7 300] <nil>
}
