// Package asmtest gives tests the machine's own instructions to compare with, and
// holds sets of assembly to what Go demands of it. Only tests import it.
package asmtest
