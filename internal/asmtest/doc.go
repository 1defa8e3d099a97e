// Package asmtest gives tests the machine's own instructions to compare with.
// Only tests import it.
package asmtest
