// NEON: 32 registers of 4 floats; a tile of 8 x 3 vectors uses 24 of them for sums.

#include <math.h>
#include <string.h>

#include "CPoseKernels.h"
#include "stage.h"

#if defined(__aarch64__)

#include <arm_neon.h>

#define NAME "neon"
#define LANES 4
#define ROWS 8
#define COLUMNS 3
#include "kernels.inc"

const pose_kernels *pose_kernels_neon(void) { return &table; }

#else

const pose_kernels *pose_kernels_neon(void) { return 0; }

#endif
