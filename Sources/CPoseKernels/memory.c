// Packing and moving.

#include <string.h>

#include "CPoseKernels.h"

long pose_packed_count(long m, long k, long panel) { return (m + panel - 1) / panel * panel * k; }

void pose_pack(const float *w, long m, long k, long ldw, long panel, float *packed) {
  for (long first = 0; first < m; first += panel)
    for (long i = 0; i < k; i++)
      for (long r = first; r < first + panel; r++) *packed++ = r < m ? w[r * ldw + i] : 0;
}

void pose_copy_planes(const float *x, const int32_t *x_planes, float *out, long size, long count) {
  for (long c = 0; c < count; c++) memcpy(out + c * size, x + x_planes[c], (size_t)size * sizeof(float));
}

// out[r * to + c] = x[c * from + r], a tile at a time: rows of a tile are read and written as they lie.
static void transpose(const float *x, float *out, long rows, long columns, long from, long to) {
  enum { TILE = 16 };
  float tile[TILE][TILE];
  for (long r = 0; r < rows; r += TILE)
    for (long c = 0; c < columns; c += TILE) {
      const long high = rows - r < TILE ? rows - r : TILE, wide = columns - c < TILE ? columns - c : TILE;
      for (long j = 0; j < wide; j++)
        for (long i = 0; i < high; i++) tile[i][j] = x[(c + j) * from + r + i];
      for (long i = 0; i < high; i++) memcpy(out + (r + i) * to + c, tile[i], (size_t)wide * sizeof(float));
    }
}

// Swaps two axes, which changes the order of copies and nothing else.
static void swap_axes(pose_loop *loop, long a, long b) {
  const pose_loop before = *loop;
  loop->extent[a] = before.extent[b], loop->extent[b] = before.extent[a];
  for (int side = 0; side < 2; side++) {
    loop->stride[side][a] = before.stride[side][b];
    loop->stride[side][b] = before.stride[side][a];
  }
}

void pose_copy(const float *x, float *out, const pose_loop *moves) {
  long index[POSE_AXES] = {0};
  if (moves->rank < 1 || moves->rank > POSE_AXES) return;
  for (long axis = 0; axis < moves->rank; axis++)
    if (moves->extent[axis] <= 0) return;
  pose_loop loop = *moves;
  const long last = loop.rank - 1, n = loop.extent[last];
  const long from = loop.stride[0][last], to = loop.stride[1][last];
  // An axis along which the source lies together, as the result does along the last.
  long outer = last;
  for (long axis = 0; axis < last && from != 1 && to == 1 && outer == last; axis++)
    if (loop.stride[0][axis] == 1 && loop.extent[axis] >= 4) {
      swap_axes(&loop, axis, last - 1);
      outer = last - 1;
    }
  for (;;) {
    if (outer < last)
      transpose(x, out, loop.extent[outer], n, from, loop.stride[1][outer]);
    else if (from == 1 && to == 1)
      memcpy(out, x, (size_t)n * sizeof(float));
    else
      for (long i = 0; i < n; i++) out[i * to] = x[i * from];
    long axis = outer - 1;
    for (; axis >= 0; axis--) {
      x += loop.stride[0][axis];
      out += loop.stride[1][axis];
      if (++index[axis] < loop.extent[axis]) break;
      x -= loop.stride[0][axis] * loop.extent[axis];
      out -= loop.stride[1][axis] * loop.extent[axis];
      index[axis] = 0;
    }
    if (axis < 0) return;
  }
}

void pose_fill(float *out, long n, float value) {
  for (long i = 0; i < n; i++) out[i] = value;
}

bool pose_set_flushes_denormals(bool flushes) {
#if defined(__x86_64__)
  const unsigned bits = 0x8040;  // flush to zero, denormals are zero
  unsigned before = __builtin_ia32_stmxcsr();
  __builtin_ia32_ldmxcsr(flushes ? before | bits : before & ~bits);
  return (before & bits) == bits;
#elif defined(__aarch64__)
  const unsigned long bit = 1UL << 24;
  unsigned long before;
  __asm__ volatile("mrs %0, fpcr" : "=r"(before));
  unsigned long after = flushes ? before | bit : before & ~bit;
  __asm__ volatile("msr fpcr, %0" : : "r"(after));
  return (before & bit) != 0;
#else
  (void)flushes;
  return false;
#endif
}
