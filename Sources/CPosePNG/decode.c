#include <stdlib.h>

#include "memory.h"

// A warning is an error, so that corrupt data is not taken for pixels. Warnings about transparency do not affect
// colors.
static void warn(png_structp png, png_const_charp text) {
  if (strncmp(text, "tRNS", 4) != 0) pose_png_fail(png, text);
}

// Splits each row of four samples at once, so that no second picture is in memory.
static void read_row_with_alpha(png_structp png, size_t width, uint8_t *row, uint8_t *rgb, uint8_t *alpha) {
  // Each pass of an interlaced picture adds pixels to those of the passes before it.
  for (size_t x = 0; x < width; x++) {
    memcpy(row + 4 * x, rgb + 3 * x, 3);
    row[4 * x + 3] = alpha[x];
  }
  png_read_row(png, row, NULL);
  for (size_t x = 0; x < width; x++) {
    memcpy(rgb + 3 * x, row + 4 * x, 3);
    alpha[x] = row[4 * x + 3];
  }
}

int pose_decode_png(
  const uint8_t *bytes, size_t count, long width, long height, uint8_t *rgb, uint8_t *alpha, char *message) {
  pose_png_failure failure = {.message = message};
  pose_png_input rest = {bytes, count};
  png_structp volatile png = NULL;
  png_infop volatile info = NULL;
  uint8_t *volatile row = NULL;
  volatile int failed = 1;
  if (setjmp(failure.exit) == 0) {
    png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &failure, pose_png_fail, warn);
    if (!png) {
      snprintf(message, POSE_PNG_MESSAGE, "no memory");
      return 1;
    }
    info = png_create_info_struct(png);
    if (!info) png_error(png, "no memory");
    png_set_read_fn(png, &rest, pose_png_take);
    // Chunks that the pixels do not depend on are neither read nor checked, so that compressed text cannot expand.
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_crc_action(png, PNG_CRC_DEFAULT, PNG_CRC_QUIET_USE);
    png_set_benign_errors(png, 1);
    png_read_info(png, info);
    if (png_get_image_width(png, info) != (png_uint_32)width || png_get_image_height(png, info) != (png_uint_32)height)
      png_error(png, "its header says other sides than before");
    png_set_expand(png);
    png_set_strip_16(png);
    png_set_gray_to_rgb(png);
    if (!alpha) png_set_strip_alpha(png);
    const int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    const size_t columns = (size_t)width;
    if (png_get_rowbytes(png, info) != columns * (alpha ? 4 : 3)) png_error(png, "its transparency cannot be read");
    if (alpha && !(row = malloc(columns * 4))) png_error(png, "no memory");
    for (int pass = 0; pass < passes; pass++)
      for (long y = 0; y < height; y++) {
        uint8_t *target = rgb + (size_t)y * columns * 3;
        if (alpha)
          read_row_with_alpha(png, columns, row, target, alpha + (size_t)y * columns);
        else
          png_read_row(png, target, NULL);
      }
    // The checksums of what follows the last row, and the end of the file.
    png_read_end(png, NULL);
    failed = 0;
  }
  free(row);
  png_structp reader = png;
  png_infop header = info;
  png_destroy_read_struct(&reader, &header, NULL);
  return failed;
}
