#include <stdlib.h>

#include "CPoseJPEG.h"
#include "failure.h"

// Memory that grows as it fills. libjpeg's own destination loses track of it where an error comes between.
typedef struct {
  struct jpeg_destination_mgr base;
  uint8_t *bytes;
  size_t count;
} growing_memory;

static void grow(j_compress_ptr encoder, size_t used) {
  growing_memory *memory = (void *)encoder->dest;
  const size_t count = memory->count ? memory->count * 2 : 1 << 16;
  uint8_t *bytes = realloc(memory->bytes, count);
  if (!bytes) pose_fail((j_common_ptr)encoder, "no memory for %zu bytes", count);
  memory->bytes = bytes;
  memory->count = count;
  memory->base.next_output_byte = bytes + used;
  memory->base.free_in_buffer = count - used;
}

static void begin(j_compress_ptr encoder) { grow(encoder, 0); }

static boolean make_room(j_compress_ptr encoder) {
  grow(encoder, ((growing_memory *)encoder->dest)->count);
  return TRUE;
}

static void end(j_compress_ptr encoder) { (void)encoder; }

static void encode(j_compress_ptr encoder, const uint8_t *samples, pose_jpeg_format format) {
  static const J_COLOR_SPACE given[5] = {0, JCS_GRAYSCALE, 0, JCS_RGB, JCS_CMYK};
  static const J_COLOR_SPACE stored[5] = {0, JCS_GRAYSCALE, 0, JCS_YCbCr, JCS_YCCK};
  if (format.components != 1 && format.components != 3 && format.components != 4)
    pose_fail((j_common_ptr)encoder, "%d samples a pixel", format.components);
  encoder->image_width = (JDIMENSION)format.width;
  encoder->image_height = (JDIMENSION)format.height;
  encoder->input_components = format.components;
  encoder->in_color_space = given[format.components];
  jpeg_set_defaults(encoder);
  jpeg_set_quality(encoder, format.quality, TRUE);
  jpeg_set_colorspace(encoder, stored[format.components]);
  encoder->dct_method = JDCT_ISLOW;
  for (int index = 0; index < format.components; index++) {
    const int is_full = index == 0 || index == 3;
    encoder->comp_info[index].h_samp_factor = is_full ? format.horizontal : 1;
    encoder->comp_info[index].v_samp_factor = is_full ? format.vertical : 1;
  }
  if (format.is_progressive) jpeg_simple_progression(encoder);
  jpeg_start_compress(encoder, TRUE);
  const size_t stride = (size_t)format.width * (size_t)format.components;
  while (encoder->next_scanline < encoder->image_height) {
    JSAMPROW row = (JSAMPROW)(samples + encoder->next_scanline * stride);
    jpeg_write_scanlines(encoder, &row, 1);
  }
  jpeg_finish_compress(encoder);
}

int pose_encode_jpeg(
  const uint8_t *samples, pose_jpeg_format format, uint8_t **bytes, size_t *count, char *message) {
  struct jpeg_compress_struct encoder;
  pose_failure failure;
  growing_memory memory = {
    .base = {.init_destination = begin, .empty_output_buffer = make_room, .term_destination = end}};
  encoder.err = pose_catch_failures(&failure, message);
  if (setjmp(failure.exit) == 0) {
    jpeg_create_compress(&encoder);
    encoder.dest = &memory.base;
    encode(&encoder, samples, format);
    *bytes = memory.bytes;
    *count = memory.count - memory.base.free_in_buffer;
    failure.code = 0;
  } else {
    free(memory.bytes);
  }
  jpeg_destroy_compress(&encoder);
  return failure.code;
}
