#include "textflag.h"

// func fma(dst, x, y, z []float32)
// for i := range dst { dst[i] = x[i]*y[i] + z[i], rounded once }
TEXT ·fma(SB), NOSPLIT, $0-96
	MOVQ dst_base+0(FP), DI
	MOVQ dst_len+8(FP), CX
	MOVQ x_base+24(FP), SI
	MOVQ y_base+48(FP), DX
	MOVQ z_base+72(FP), BX
	XORQ AX, AX

loop:
	CMPQ AX, CX
	JGE  done
	VMOVSS (SI)(AX*4), X0
	VMOVSS (BX)(AX*4), X1
	VFMADD231SS (DX)(AX*4), X0, X1
	VMOVSS X1, (DI)(AX*4)
	INCQ AX
	JMP  loop

done:
	RET
