// The hot loops between a picture's bytes and a network's input, in integers, chosen at run time for the CPU.
//
// Pixels are 8-bit RGB, interleaved. Positions are OpenCV's fixed point: 1/32 pixel, weights of two neighbours 32 - f and
// f. Functions allocate nothing, keep no state and read and write only what their sizes say.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// out = above * weight_above + below * weight_below; weights of 0...32.
void pose_blend_rows(
  const uint8_t *above, const uint8_t *below, int weight_above, int weight_below, uint16_t *out, long count);

// Pixels between neighbours of a blended row. Pixel x lies weights[x] >> 16 (of 32) behind the blended pixel that starts
// at offsets[x], whose own weight is the low half. Reads 8 values from an offset on; writes count * 3 bytes and up to 13
// more.
void pose_sample_row(
  const uint16_t *blended, const int32_t *offsets, const uint32_t *weights, long count, uint8_t *out);

typedef struct {
  const uint8_t *pixels;
  long width, height, row_bytes;
  int is_mirrored;
  // The value of all colors outside the picture.
  uint8_t fill;
} pose_picture;

// Pixels at any positions: (row_x + columns_x[x], row_y + columns_y[x]) in 1/1024 pixel, counted from the right where the
// picture is mirrored; the fill where there is no picture. Columns grow or fall evenly. Writes count * 3 bytes and up to 4
// more.
void pose_sample_anywhere(
  const pose_picture *picture, const int32_t *columns_x, const int32_t *columns_y, long row_x, long row_y, long count,
  uint8_t *out);

// OpenCV's bilinear resize, in 1/2048: pixel x of a row lies between the pixels that start at offsets[2 * x] and
// offsets[2 * x + 1], of weights[2 * x] and weights[2 * x + 1].
void pose_resize_row(const uint8_t *row, const int32_t *offsets, const int32_t *weights, long count, int32_t *out);

// Two rows of those, blended into count bytes.
void pose_resize_blend(
  const int32_t *above, const int32_t *below, int32_t weight_above, int32_t weight_below, long count, uint8_t *out);

// The means of 2 x 2 pixels, rounded: count pixels, from rows of twice as many.
void pose_halve_rows(const uint8_t *above, const uint8_t *below, long count, uint8_t *out);

// Each channel of a row looked up in its table of 256.
void pose_look_up_row(
  const uint8_t *row, long count, const float *tables, float *red, float *green, float *blue);

#ifdef __cplusplus
}
#endif
