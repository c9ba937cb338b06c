// Reads and writes PNG in memory, as libpng's callbacks.
#pragma once

#include <string.h>

#include "failure.h"

typedef struct {
  const uint8_t *bytes;
  size_t count;
} pose_png_input;

typedef struct {
  void (*write)(void *context, const uint8_t *bytes, size_t count);
  void *context;
} pose_png_output;

static inline void pose_png_take(png_structp png, png_bytep target, size_t count) {
  pose_png_input *rest = png_get_io_ptr(png);
  if (count > rest->count) png_error(png, "it ends too early");
  memcpy(target, rest->bytes, count);
  rest->bytes += count;
  rest->count -= count;
}

static inline void pose_png_give(png_structp png, png_bytep bytes, size_t count) {
  pose_png_output *target = png_get_io_ptr(png);
  target->write(target->context, bytes, count);
}
