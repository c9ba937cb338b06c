// What 3 x 3 weights are in the tiles of winograd.inc; in double, as it is done once.

#include <math.h>

#include "CPoseKernels.h"

void pose_winograd_weights(const float *w, long count, long tile, long position, float *out) {
  const double a = sqrt(0.5), b = sqrt(2);
  // A row for each point p: 1, p and p^2, over the product of p's distances to the other points.
  const double small[4][3] = {{1, 0, 0}, {.5, .5, .5}, {.5, -.5, .5}, {0, 0, 1}};
  const double large[6][3] = {{1, 0, 0},
                              {-1 / 1.5, -a / 1.5, -.5 / 1.5},
                              {-1 / 1.5, a / 1.5, -.5 / 1.5},
                              {1 / 6.0, b / 6, 2 / 6.0},
                              {1 / 6.0, -b / 6, 2 / 6.0},
                              {0, 0, 1}};
  const long size = tile + 2;
  const double *down = tile == 2 ? small[position / size] : large[position / size];
  const double *along = tile == 2 ? small[position % size] : large[position % size];
  for (long i = 0; i < count; i++, w += 9) {
    double sum = 0;
    for (int y = 0; y < 3; y++)
      for (int x = 0; x < 3; x++) sum += down[y] * along[x] * w[y * 3 + x];
    out[i] = (float)sum;
  }
}
