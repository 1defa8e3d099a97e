package hdf5_test

import (
	"bytes"
	"errors"
	"fmt"
	"log"

	"github.com/sepconv/go/internal/hdf5"
)

// weights returns a file such as Keras writes.
func weights() []byte {
	w := hdf5.NewWriter()
	vars := w.Root().Group("layers/separable_conv1d/vars")
	vars.Attribute("name", "conv")
	vars.Dataset("0", []int{3, 2, 1}, []float32{1, 2, 3, 4, 5, 6})
	vars.Dataset("1", []int{1, 2, 1}, hdf5.Float16s{0x3c00, 0xc000})
	var file bytes.Buffer
	if _, err := w.WriteTo(&file); err != nil {
		log.Fatal(err)
	}
	return file.Bytes()
}

func ExampleOpen() {
	file := weights() // or an *os.File and its size
	root, err := hdf5.Open(bytes.NewReader(file), int64(len(file)), 64<<20)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(root.Path(), root.Names())
	// Output: / [layers]
}

func openWeights() *hdf5.Group {
	file := weights()
	root, err := hdf5.Open(bytes.NewReader(file), int64(len(file)), 0)
	if err != nil {
		log.Fatal(err)
	}
	return root
}

func ExampleGroup() {
	vars, err := openWeights().Group("layers/separable_conv1d/vars")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(vars.Path(), vars.Names(), vars.AttributeNames())
	// Output: /layers/separable_conv1d/vars [0 1] [name]
}

func ExampleKind() {
	root := openWeights()
	for _, path := range []string{"layers", "/layers/separable_conv1d/vars/0", "optimizer"} {
		fmt.Printf("%s: %v\n", path, root.Kind(path))
	}
	// Output:
	// layers: group
	// /layers/separable_conv1d/vars/0: data set
	// optimizer: missing
}

func ExampleDataset() {
	kernel, err := openWeights().Dataset("layers/separable_conv1d/vars/1")
	if err != nil {
		log.Fatal(err)
	}
	values, err := kernel.Float32s()
	fmt.Println(kernel.Shape(), kernel.Type(), values, err)
	// Output: [1 2 1] float16 [1 -2] <nil>
}

func ExampleValue() {
	vars, err := openWeights().Group("layers/separable_conv1d/vars")
	if err != nil {
		log.Fatal(err)
	}
	name, err := vars.Attribute("name")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(name.Text())
	// Output: conv <nil>
}

func ExampleType() {
	kernel, err := openWeights().Dataset("layers/separable_conv1d/vars/0")
	if err != nil {
		log.Fatal(err)
	}
	t := kernel.Type()
	fmt.Println(t, t.Class, t.Size, t.BigEndian)
	// Output: float32 float 4 false
}

func ExampleClass() {
	kernel, err := openWeights().Dataset("layers/separable_conv1d/vars/0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(kernel.Type().Class == hdf5.ClassFloat)
	// Output: true
}

func ExampleError() {
	_, err := openWeights().Group("layers/dense/vars")
	var e *hdf5.Error
	fmt.Println(errors.Is(err, hdf5.ErrNotExist), errors.As(err, &e))
	fmt.Println(e.Path)
	fmt.Println(err)
	// Output:
	// true true
	// /layers/dense
	// hdf5: does not exist: /layers/dense: no group; the group holds 1 other names
}

func ExampleWriter() {
	w := hdf5.NewWriter()
	w.Root().Attribute("backend", "tensorflow")
	w.Root().Dataset("layers/dense/vars/0", []int{2, 2}, []float32{1, 2, 3, 4})
	var file bytes.Buffer
	n, err := w.WriteTo(&file)
	fmt.Println(n == int64(file.Len()), err)
	// Output: true <nil>
}

func ExampleGroupWriter() {
	w := hdf5.NewWriter()
	layer := w.Root().Group("model_weights/conv")
	layer.Attribute("weight_names", []string{"conv/bias:0"})
	layer.Dataset("conv/bias:0", []int{3}, []float32{1, 2, 3})
	fmt.Println(layer.Path(), w.Err())
	// Output: /model_weights/conv <nil>
}

func ExampleDatasetWriter() {
	w := hdf5.NewWriter()
	d := w.Root().Dataset("0", []int{2}, hdf5.Opaque{Size: 2, Data: []byte{0x80, 0x3f, 0x00, 0xc0}})
	d.Attribute("dtype", "bfloat16")
	fmt.Println(d.Path(), w.Err())
	// Output: /0 <nil>
}

func ExampleFloat16s() {
	w := hdf5.NewWriter()
	w.Root().Dataset("half", []int{2}, hdf5.Float16s{0x3c00, 0x3800}) // 1 and 0.5
	fmt.Println(w.Err())
	// Output: <nil>
}

func ExampleOpaque() {
	w := hdf5.NewWriter()
	w.Root().Dataset("bfloat16", []int{1}, hdf5.Opaque{Size: 2, Data: []byte{0x80, 0x3f}}) // 1
	fmt.Println(w.Err())
	// Output: <nil>
}
