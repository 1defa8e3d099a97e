package constraints_test

import (
	"fmt"

	"github.com/sepconv/go/sepconv/constraints"
)

func ExampleConstraint() {
	for _, c := range []constraints.Constraint{constraints.MaxNorm{}, constraints.NonNeg{}, constraints.UnitNorm{}} {
		project(c, []float32{-3, 4}, 2)
	}
	// Output:
	// MaxNorm: [-1.200 1.600]
	// NonNeg: [0.000 4.000]
	// UnitNorm: [-0.600 0.800]
}

// project prints the projection of a weight.
func project(c constraints.Constraint, w []float32, shape ...int) {
	if err := c.Project(w, shape); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s: %.3f\n", c.Name(), w)
}

func ExampleMaxNorm() {
	// Of a pointwise kernel (1, 2, 3), axis 1 is what each filter reads.
	project(constraints.MaxNorm{MaxValue: 1, Axis: []int{1}}, []float32{3, 0, 0.5, 4, 2, 0.5}, 1, 2, 3)
	// Output:
	// MaxNorm: [0.600 0.000 0.500 0.800 1.000 0.500]
}

func ExampleNonNeg() {
	project(constraints.NonNeg{}, []float32{-3, 4}, 2)
	// Output:
	// NonNeg: [0.000 4.000]
}

func ExampleUnitNorm() {
	project(constraints.UnitNorm{}, []float32{-3, 4}, 2)
	// Output:
	// UnitNorm: [-0.600 0.800]
}

func ExampleMinMaxNorm() {
	// Half of the way from 5 to 1.
	project(constraints.MinMaxNorm{Rate: 0.5}, []float32{-3, 4}, 2)
	// Output:
	// MinMaxNorm: [-1.800 2.400]
}

func ExampleRadialConstraint() {
	project(constraints.RadialConstraint{}, []float32{1, 2, 3, 4, 5, 6, 7, 8, 9}, 3, 3, 1, 1)
	// Output:
	// RadialConstraint: [5.000 5.000 5.000 5.000 1.000 5.000 5.000 5.000 5.000]
}

func ExampleAllAxes() {
	project(constraints.UnitNorm{Axis: constraints.AllAxes()}, []float32{1, 1, 1, 1}, 1, 2, 2)
	// Output:
	// UnitNorm: [0.500 0.500 0.500 0.500]
}

func ExampleMarshal() {
	text, err := constraints.Marshal(constraints.UnitNorm{Axis: constraints.AllAxes()})
	fmt.Println(string(text), err)
	back, err := constraints.Unmarshal([]byte(`{"class_name": "MaxNorm", "config": {"max_value": 3}}`))
	fmt.Printf("%+v %v\n", back, err)
	// Output:
	// {"module":"keras.constraints","class_name":"UnitNorm","config":{"axis":null},"registered_name":null} <nil>
	// {MaxValue:3 Axis:[]} <nil>
}
