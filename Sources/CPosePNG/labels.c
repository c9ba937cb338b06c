#include <stdlib.h>

#include "memory.h"

// A warning is an error, so that corrupt data is not taken for labels. Those about colors do not affect labels.
static void warn_reader(png_structp png, png_const_charp text) {
  if (strncmp(text, "tRNS", 4) != 0 && strncmp(text, "PLTE", 4) != 0) pose_png_fail(png, text);
}

static void warn_writer(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

int pose_decode_png_labels(
  const uint8_t *bytes, size_t count, long width, long height, uint8_t *labels, char *message) {
  pose_png_failure failure = {.message = message};
  pose_png_input rest = {bytes, count};
  png_structp volatile png = NULL;
  png_infop volatile info = NULL;
  volatile int failed = 1;
  if (setjmp(failure.exit) == 0) {
    png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &failure, pose_png_fail, warn_reader);
    if (!png) {
      snprintf(message, POSE_PNG_MESSAGE, "no memory");
      return 1;
    }
    info = png_create_info_struct(png);
    if (!info) png_error(png, "no memory");
    png_set_read_fn(png, &rest, pose_png_take);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_crc_action(png, PNG_CRC_DEFAULT, PNG_CRC_QUIET_USE);
    png_set_benign_errors(png, 1);
    // Labels of classes that the palette has no color for, such as 255 for ignored pixels, are labels all the same.
    png_set_check_for_invalid_index(png, 0);
    png_read_info(png, info);
    if (png_get_image_width(png, info) != (png_uint_32)width || png_get_image_height(png, info) != (png_uint_32)height)
      png_error(png, "its header says other sides than before");
    const int color = png_get_color_type(png, info);
    if ((color != PNG_COLOR_TYPE_GRAY && color != PNG_COLOR_TYPE_PALETTE) || png_get_bit_depth(png, info) > 8)
      png_error(png, "its samples are no bytes");
    // One byte a sample, whose value stays what it is.
    png_set_packing(png);
    const int passes = png_set_interlace_handling(png);
    png_read_update_info(png, info);
    if (png_get_rowbytes(png, info) != (size_t)width) png_error(png, "its samples are no bytes");
    for (int pass = 0; pass < passes; pass++)
      for (long y = 0; y < height; y++) png_read_row(png, labels + (size_t)y * (size_t)width, NULL);
    png_read_end(png, NULL);
    failed = 0;
  }
  png_structp reader = png;
  png_infop header = info;
  png_destroy_read_struct(&reader, &header, NULL);
  return failed;
}

int pose_encode_png_labels(
  long width, long height, const uint8_t *labels, const uint8_t *palette, int colors,
  void (*write)(void *context, const uint8_t *bytes, size_t count), void *context, char *message) {
  pose_png_failure failure = {.message = message};
  pose_png_output target = {write, context};
  png_structp volatile png = NULL;
  png_infop volatile info = NULL;
  volatile int failed = 1;
  if (setjmp(failure.exit) == 0) {
    png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &failure, pose_png_fail, warn_writer);
    if (!png) {
      snprintf(message, POSE_PNG_MESSAGE, "no memory");
      return 1;
    }
    info = png_create_info_struct(png);
    if (!info) png_error(png, "no memory");
    png_set_write_fn(png, &target, pose_png_give, NULL);
    png_set_IHDR(
      png, info, (png_uint_32)width, (png_uint_32)height, 8, PNG_COLOR_TYPE_PALETTE, PNG_INTERLACE_NONE,
      PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_color entries[256];
    for (int index = 0; index < colors && index < 256; index++)
      entries[index] = (png_color){palette[3 * index], palette[3 * index + 1], palette[3 * index + 2]};
    png_set_PLTE(png, info, entries, colors < 256 ? colors : 256);
    png_write_info(png, info);
    for (long y = 0; y < height; y++) png_write_row(png, labels + (size_t)y * (size_t)width);
    png_write_end(png, info);
    failed = 0;
  }
  png_structp writer = png;
  png_infop header = info;
  png_destroy_write_struct(&writer, &header);
  return failed;
}
