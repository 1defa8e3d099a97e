#include "textflag.h"
#include "funcdata.h"
#include "go_asm.h"

#define GARBAGE $0xdeaddeaddeaddead

// func trampoline()
// Its frame holds the arguments of the function that it calls, then canaries.
TEXT ·trampoline(SB), 0, $const_frameBytes-0
	NO_LOCAL_POINTERS
	MOVD $·state(SB), R0

	// A callee's arguments begin above the word for its return address.
	ADD  $machine_frame, R0, R1
	ADD  $8, RSP, R2
	MOVD $const_frameWords, R3

arguments:
	MOVD.P 8(R1), R4
	MOVD.P R4, 8(R2)
	SUBS   $1, R3, R3
	BNE    arguments

	// Right below RSP is this function's caller's frame pointer.
	ADD  $machine_below, R0, R1
	SUB  $(8+const_belowBytes), RSP, R2
	MOVD $const_belowWords, R3

below:
	MOVD.P 8(R1), R4
	MOVD.P R4, 8(R2)
	SUBS   $1, R3, R3
	BNE    below

	MOVD RSP, R1
	MOVD R1, machine_stack(R0)
	MOVD R29, machine_base(R0)
	MOVD g, machine_g(R0)
	MOVD FPCR, R1
	MOVD R1, machine_fpcr(R0)
#ifdef GOOS_linux
	MOVD machine_platform(R0), R18_PLATFORM
#endif

	ADD  $machine_garbage, R0, R1
	VLD1 (R1), [V0.B16, V1.B16, V2.B16, V3.B16]
	VLD1 (R1), [V4.B16, V5.B16, V6.B16, V7.B16]
	VLD1 (R1), [V8.B16, V9.B16, V10.B16, V11.B16]
	VLD1 (R1), [V12.B16, V13.B16, V14.B16, V15.B16]
	VLD1 (R1), [V16.B16, V17.B16, V18.B16, V19.B16]
	VLD1 (R1), [V20.B16, V21.B16, V22.B16, V23.B16]
	VLD1 (R1), [V24.B16, V25.B16, V26.B16, V27.B16]
	VLD1 (R1), [V28.B16, V29.B16, V30.B16, V31.B16]

	MOVD machine_entry(R0), R26
	MOVD GARBAGE, R0
	MOVD R0, R1
	MOVD R0, R2
	MOVD R0, R3
	MOVD R0, R4
	MOVD R0, R5
	MOVD R0, R6
	MOVD R0, R7
	MOVD R0, R8
	MOVD R0, R9
	MOVD R0, R10
	MOVD R0, R11
	MOVD R0, R12
	MOVD R0, R13
	MOVD R0, R14
	MOVD R0, R15
	MOVD R0, R16
	MOVD R0, R17
	MOVD R0, R19
	MOVD R0, R20
	MOVD R0, R21
	MOVD R0, R22
	MOVD R0, R23
	MOVD R0, R24
	MOVD R0, R25
	MOVD R0, R27
	BL   (R26)

	MOVD $·state(SB), R0
	MOVD RSP, R1
	MOVD R1, machine_stackAfter(R0)
	MOVD machine_stack(R0), R1
	MOVD R1, RSP
	MOVD R29, machine_baseAfter(R0)
	MOVD machine_base(R0), R29
	MOVD g, machine_gAfter(R0)
	MOVD machine_g(R0), g
	MOVD FPCR, R1
	MOVD R1, machine_fpcrAfter(R0)
	MOVD machine_fpcr(R0), R1
	MOVD R1, FPCR
#ifdef GOOS_linux
	MOVD R18_PLATFORM, machine_platformAfter(R0)
#endif

	ADD  $machine_frame, R0, R1
	ADD  $8, RSP, R2
	MOVD $const_frameWords, R3

argumentsAfter:
	MOVD.P 8(R2), R4
	MOVD.P R4, 8(R1)
	SUBS   $1, R3, R3
	BNE    argumentsAfter

	ADD  $machine_below, R0, R1
	SUB  $(8+const_belowBytes), RSP, R2
	MOVD $const_belowWords, R3

belowAfter:
	MOVD.P 8(R2), R4
	MOVD.P R4, 8(R1)
	SUBS   $1, R3, R3
	BNE    belowAfter
	RET
