#include "textflag.h"
#include "funcdata.h"
#include "go_asm.h"

#define GARBAGE $0xdeaddeaddeaddead

#define LOAD(v) VMOVUPS ·state+machine_garbage(SB), v
#define STORE(v, n) VMOVUPS v, ·state+(machine_vectors+64*n)(SB)

// func trampoline()
// Its frame holds the arguments of the function that it calls, then canaries.
TEXT ·trampoline(SB), 0, $const_frameBytes-0
	NO_LOCAL_POINTERS
	CLD
	LEAQ ·state+machine_frame(SB), SI
	MOVQ SP, DI
	MOVQ $const_frameWords, CX
	REP
	MOVSQ
	LEAQ ·state+machine_below(SB), SI
	LEAQ -const_belowBytes(SP), DI
	MOVQ $const_belowWords, CX
	REP
	MOVSQ

	MOVQ    SP, ·state+machine_stack(SB)
	MOVQ    BP, ·state+machine_base(SB)
	STMXCSR ·state+machine_mxcsr(SB)

	CMPQ ·state+machine_wide(SB), $0
	JEQ  load256
	LOAD(Z0)
	LOAD(Z1)
	LOAD(Z2)
	LOAD(Z3)
	LOAD(Z4)
	LOAD(Z5)
	LOAD(Z6)
	LOAD(Z7)
	LOAD(Z8)
	LOAD(Z9)
	LOAD(Z10)
	LOAD(Z11)
	LOAD(Z12)
	LOAD(Z13)
	LOAD(Z14)
	LOAD(Z15)
	LOAD(Z16)
	LOAD(Z17)
	LOAD(Z18)
	LOAD(Z19)
	LOAD(Z20)
	LOAD(Z21)
	LOAD(Z22)
	LOAD(Z23)
	LOAD(Z24)
	LOAD(Z25)
	LOAD(Z26)
	LOAD(Z27)
	LOAD(Z28)
	LOAD(Z29)
	LOAD(Z30)
	LOAD(Z31)
	MOVQ  GARBAGE, AX
	KMOVQ AX, K0
	KMOVQ AX, K1
	KMOVQ AX, K2
	KMOVQ AX, K3
	KMOVQ AX, K4
	KMOVQ AX, K5
	KMOVQ AX, K6
	KMOVQ AX, K7
	JMP   general

load256:
	LOAD(Y0)
	LOAD(Y1)
	LOAD(Y2)
	LOAD(Y3)
	LOAD(Y4)
	LOAD(Y5)
	LOAD(Y6)
	LOAD(Y7)
	LOAD(Y8)
	LOAD(Y9)
	LOAD(Y10)
	LOAD(Y11)
	LOAD(Y12)
	LOAD(Y13)
	LOAD(Y14)
	LOAD(Y15)

general:
	MOVQ GARBAGE, AX
	MOVQ AX, BX
	MOVQ AX, CX
	MOVQ AX, DX
	MOVQ AX, SI
	MOVQ AX, DI
	MOVQ AX, R8
	MOVQ AX, R9
	MOVQ AX, R10
	MOVQ AX, R12
	MOVQ AX, R13
	MOVQ AX, R14
	MOVQ AX, R15
	MOVQ ·state+machine_entry(SB), R11
	CALL R11

	MOVQ    SP, ·state+machine_stackAfter(SB)
	MOVQ    ·state+machine_stack(SB), SP
	MOVQ    BP, ·state+machine_baseAfter(SB)
	MOVQ    ·state+machine_base(SB), BP
	STMXCSR ·state+machine_mxcsrAfter(SB)
	LDMXCSR ·state+machine_mxcsr(SB)

	// The stack below SP, before anything is pushed there.
	MOVQ $-const_belowWords, CX
	LEAQ ·state+(machine_below+const_belowBytes)(SB), DI

below:
	MOVQ (SP)(CX*8), AX
	MOVQ AX, (DI)(CX*8)
	LEAQ 1(CX), CX // leaves the direction flag as it is, as all before
	JCXZQ flags
	JMP  below

flags:
	PUSHFQ
	POPQ AX
	MOVQ AX, ·state+machine_flags(SB)
	CLD
	MOVQ SP, SI
	LEAQ ·state+machine_frame(SB), DI
	MOVQ $const_frameWords, CX
	REP
	MOVSQ

	CMPQ ·state+machine_wide(SB), $0
	JEQ  store256
	STORE(Z0, 0)
	STORE(Z1, 1)
	STORE(Z2, 2)
	STORE(Z3, 3)
	STORE(Z4, 4)
	STORE(Z5, 5)
	STORE(Z6, 6)
	STORE(Z7, 7)
	STORE(Z8, 8)
	STORE(Z9, 9)
	STORE(Z10, 10)
	STORE(Z11, 11)
	STORE(Z12, 12)
	STORE(Z13, 13)
	STORE(Z14, 14)
	STORE(Z15, 15)
	VZEROUPPER
	RET

store256:
	STORE(Y0, 0)
	STORE(Y1, 1)
	STORE(Y2, 2)
	STORE(Y3, 3)
	STORE(Y4, 4)
	STORE(Y5, 5)
	STORE(Y6, 6)
	STORE(Y7, 7)
	STORE(Y8, 8)
	STORE(Y9, 9)
	STORE(Y10, 10)
	STORE(Y11, 11)
	STORE(Y12, 12)
	STORE(Y13, 13)
	STORE(Y14, 14)
	STORE(Y15, 15)
	VZEROUPPER
	RET
