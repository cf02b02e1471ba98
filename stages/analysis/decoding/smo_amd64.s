#include "textflag.h"

// One step of smo for up to 32 points in eight-lane registers. The operations
// and their order are those of the Go loop in solver.go and nothing is fused,
// so both give the same bits.
//
//	Z0-Z3   slope            Z4-Z7   diag
//	Z28 2.0   Z29 -1.0   Z30 +Inf   Z31 -Inf   Z27 flat   Z26 0
//	R12 bit t: beta_t < hi_t      R13 bit t: beta_t > lo_t

DATA smoflat<>+0(SB)/8, $1e-12
GLOBL smoflat<>(SB), RODATA|NOPTR, $8

// ALLMAX leaves in every lane of a the largest lane of a, b, c, d.
#define ALLMAX(a, b, c, d) \
	VMAXPD     a, b, a        \
	VMAXPD     c, d, c        \
	VMAXPD     a, c, a        \
	VSHUFF64X2 $0x4E, a, a, b \
	VMAXPD     a, b, a        \
	VSHUFF64X2 $0xB1, a, a, b \
	VMAXPD     a, b, a        \
	VPERMILPD  $0x55, a, b    \
	VMAXPD     a, b, a

#define ALLMIN(a, b, c, d) \
	VMINPD     a, b, a        \
	VMINPD     c, d, c        \
	VMINPD     a, c, a        \
	VSHUFF64X2 $0x4E, a, a, b \
	VMINPD     a, b, a        \
	VSHUFF64X2 $0xB1, a, a, b \
	VMINPD     a, b, a        \
	VPERMILPD  $0x55, a, b    \
	VMINPD     a, b, a

// MASKS spreads the 32 bits of r over K1-K4, eight each.
#define MASKS(r) \
	KMOVD    r, K1      \
	KSHIFTRD $8, K1, K2  \
	KSHIFTRD $16, K1, K3 \
	KSHIFTRD $24, K1, K4

// JOIN is the inverse of MASKS.
#define JOIN(r) \
	KUNPCKBW K1, K2, K1 \
	KUNPCKBW K3, K4, K3 \
	KUNPCKWD K1, K3, K1 \
	KMOVD    K1, r

// GAIN leaves in out what the pair (i, t) gains: (top - slope)² / curvature, -1
// where t may not go down or lies above i. Z24 top, Z25 diag_i, R14 row i.
#define GAIN(off, slope, diag, k, out) \
	VSUBPD    slope, Z24, Z17    \
	VCMPPD    $0x1E, Z26, Z17, k, k \
	VADDPD    diag, Z25, Z18     \
	VMULPD    off(R14), Z28, Z19 \
	VSUBPD    Z19, Z18, Z18      \
	VCMPPD    $0x02, Z26, Z18, K5 \
	VMOVAPD   Z27, K5, Z18       \
	VMULPD    Z17, Z17, Z17      \
	VDIVPD    Z18, Z17, Z17      \
	VBLENDMPD Z17, Z29, k, out

#define MOVE(off, slope) \
	VMULPD  off(R14), Z20, Z17   \
	VMULPD  off(R15), Z21, Z18   \
	VADDPD  Z18, Z17, Z17        \
	VSUBPD  Z17, slope, slope    \
	VMOVUPD slope, off(DX)

// func smo32(k, diag, beta, lo, hi, slope *float64, tol float64, limit int) (steps int, done bool)
TEXT ·smo32(SB), NOSPLIT, $0-73
	MOVQ k+0(FP), SI
	MOVQ diag+8(FP), R8
	MOVQ beta+16(FP), DI
	MOVQ lo+24(FP), R9
	MOVQ hi+32(FP), R10
	MOVQ slope+40(FP), DX
	VMOVSD tol+48(FP), X16
	MOVQ limit+56(FP), R11
	XORQ CX, CX

	VMOVUPD (DX), Z0
	VMOVUPD 64(DX), Z1
	VMOVUPD 128(DX), Z2
	VMOVUPD 192(DX), Z3
	VMOVUPD (R8), Z4
	VMOVUPD 64(R8), Z5
	VMOVUPD 128(R8), Z6
	VMOVUPD 192(R8), Z7
	MOVQ    $0xFFF0000000000000, AX
	VPBROADCASTQ AX, Z31
	MOVQ    $0x7FF0000000000000, AX
	VPBROADCASTQ AX, Z30
	MOVQ    $0xBFF0000000000000, AX
	VPBROADCASTQ AX, Z29
	MOVQ    $0x4000000000000000, AX
	VPBROADCASTQ AX, Z28
	VBROADCASTSD smoflat<>(SB), Z27
	VPXORQ  Z26, Z26, Z26

	VMOVUPD (DI), Z8
	VMOVUPD 64(DI), Z9
	VMOVUPD 128(DI), Z10
	VMOVUPD 192(DI), Z11
	VCMPPD  $0x11, (R10), Z8, K1
	VCMPPD  $0x11, 64(R10), Z9, K2
	VCMPPD  $0x11, 128(R10), Z10, K3
	VCMPPD  $0x11, 192(R10), Z11, K4
	JOIN(R12)
	VCMPPD  $0x1E, (R9), Z8, K1
	VCMPPD  $0x1E, 64(R9), Z9, K2
	VCMPPD  $0x1E, 128(R9), Z10, K3
	VCMPPD  $0x1E, 192(R9), Z11, K4
	JOIN(R13)

loop:
	CMPQ CX, R11
	JGE  limit
	TESTL R12, R12
	JZ   done

	// i: the last point with room upwards whose slope is largest.
	MASKS(R12)
	VBLENDMPD Z0, Z31, K1, Z8
	VBLENDMPD Z1, Z31, K2, Z9
	VBLENDMPD Z2, Z31, K3, Z10
	VBLENDMPD Z3, Z31, K4, Z11
	VMOVAPD Z8, Z24
	VMOVAPD Z9, Z12
	VMOVAPD Z10, Z13
	ALLMAX(Z24, Z12, Z13, Z11)
	VBLENDMPD Z3, Z31, K4, Z11
	VCMPPD $0, Z24, Z8, K1
	VCMPPD $0, Z24, Z9, K2
	VCMPPD $0, Z24, Z10, K3
	VCMPPD $0, Z24, Z11, K4
	JOIN(AX)
	BSRL AX, AX

	// bottom: the smallest slope among the points with room downwards.
	MASKS(R13)
	VBLENDMPD Z0, Z30, K1, Z21
	VBLENDMPD Z1, Z30, K2, Z22
	VBLENDMPD Z2, Z30, K3, Z23
	VBLENDMPD Z3, Z30, K4, Z20
	ALLMIN(Z21, Z22, Z23, Z20)

	// j: the last point that gains most against i.
	MOVQ AX, R14
	SHLQ $8, R14
	ADDQ SI, R14
	VBROADCASTSD (R8)(AX*8), Z25
	GAIN(0, Z0, Z4, K1, Z8)
	GAIN(64, Z1, Z5, K2, Z9)
	GAIN(128, Z2, Z6, K3, Z10)
	GAIN(192, Z3, Z7, K4, Z11)
	VMOVAPD Z8, Z12
	VMOVAPD Z9, Z13
	VMOVAPD Z10, Z14
	VMOVAPD Z11, Z15
	ALLMAX(Z12, Z13, Z14, Z15)
	VSUBSD  X21, X24, X22
	VUCOMISD X22, X16     // tol > top - bottom
	JHI done
	VUCOMISD X12, X26     // no partner
	JHI done
	VCMPPD $0, Z12, Z8, K1
	VCMPPD $0, Z12, Z9, K2
	VCMPPD $0, Z12, Z10, K3
	VCMPPD $0, Z12, Z11, K4
	JOIN(BX)
	BSRL BX, BX
	MOVQ BX, R15
	SHLQ $8, R15
	ADDQ SI, R15

	// The step along +i, -j, cut at the first bound.
	VADDSD (R8)(BX*8), X25, X17
	VMULSD (R14)(BX*8), X28, X18
	VSUBSD X18, X17, X17
	VUCOMISD X26, X17
	JHI  curved
	VMOVAPD Z27, Z17

curved:
	VSUBSD (DX)(BX*8), X24, X20
	VDIVSD X17, X20, X20  // step
	VMOVSD (DI)(AX*8), X8 // beta_i
	VMOVSD (DI)(BX*8), X9 // beta_j
	VMOVSD (R10)(AX*8), X10
	VMOVSD (R9)(BX*8), X11
	VSUBSD X8, X10, X12   // room of i
	VSUBSD X11, X9, X13   // room of j
	VUCOMISD X12, X20
	JAE  clip
	VUCOMISD X13, X20
	JAE  clip
	VADDSD X20, X8, X12
	VSUBSD X20, X9, X13
	JMP  moved

clip:
	VADDSD X9, X8, X14    // beta_i + beta_j stays what it was
	VUCOMISD X13, X12
	JHI  clipj
	VSUBSD X10, X14, X13
	VMOVAPD Z10, Z12
	JMP  moved

clipj:
	VSUBSD X11, X14, X12
	VMOVAPD Z11, Z13

moved:
	VMOVSD X12, (DI)(AX*8)
	VMOVSD X13, (DI)(BX*8)
	VSUBSD X8, X12, X20
	VSUBSD X9, X13, X21
	VBROADCASTSD X20, Z20
	VBROADCASTSD X21, Z21
	MOVE(0, Z0)
	MOVE(64, Z1)
	MOVE(128, Z2)
	MOVE(192, Z3)
	INCQ CX

	// Which bounds i and j now touch.
	BTRL AX, R12
	BTRL AX, R13
	BTRL BX, R12
	BTRL BX, R13
	VUCOMISD X12, X10
	JLS  iup
	BTSL AX, R12

iup:
	VUCOMISD (R9)(AX*8), X12
	JLS  idown
	BTSL AX, R13

idown:
	VMOVSD (R10)(BX*8), X10
	VUCOMISD X13, X10
	JLS  jup
	BTSL BX, R12

jup:
	VUCOMISD X11, X13
	JLS  loop
	BTSL BX, R13
	JMP  loop

done:
	MOVB $1, done+72(FP)
	MOVQ CX, steps+64(FP)
	VZEROUPPER
	RET

limit:
	MOVB $0, done+72(FP)
	MOVQ CX, steps+64(FP)
	VZEROUPPER
	RET
