// Four floats at a time, which every compiler maps to what its target has at least. The definition of all kernels.

#include <math.h>
#include <string.h>

#include "CPoseKernels.h"
#include "stage.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#endif

#define NAME "portable"
#define LANES 4
#define ROWS 4
#define COLUMNS 2
#include "kernels.inc"

const pose_kernels *pose_kernels_portable(void) { return &table; }
