#include "CPoseJPEG.h"
#include "failure.h"

// A scan costs time however few its bytes: files of thousands are attacks.
enum { most_scans = 500 };

static void limit_scans(j_common_ptr codec) {
  if (((j_decompress_ptr)codec)->input_scan_number > most_scans)
    pose_fail(codec, "it has more than %d scans", most_scans);
}

static int is_cmyk(j_decompress_ptr decoder) {
  return decoder->jpeg_color_space == JCS_CMYK || decoder->jpeg_color_space == JCS_YCCK;
}

static void read_header(j_decompress_ptr decoder, const uint8_t *bytes, size_t count) {
  jpeg_mem_src(decoder, bytes, count);
  jpeg_read_header(decoder, TRUE);
}

// The exact integer transform and, as libjpeg's default, smooth upsampling of colors: OpenCV's choice too.
static void start(
  j_decompress_ptr decoder, const uint8_t *bytes, size_t count, int factor, long width, long height) {
  read_header(decoder, bytes, count);
  decoder->out_color_space = is_cmyk(decoder) ? JCS_CMYK : JCS_RGB;
  decoder->dct_method = JDCT_ISLOW;
  decoder->scale_num = 1;
  decoder->scale_denom = (unsigned)factor;
  jpeg_start_decompress(decoder);
  if (decoder->output_width != (JDIMENSION)width || decoder->output_height != (JDIMENSION)height)
    pose_fail((j_common_ptr)decoder, "its header says other sides than before");
}

static void decode(j_decompress_ptr decoder, uint8_t *samples) {
  const size_t stride = (size_t)decoder->output_width * (size_t)decoder->output_components;
  while (decoder->output_scanline < decoder->output_height) {
    JSAMPROW row = samples + decoder->output_scanline * stride;
    jpeg_read_scanlines(decoder, &row, 1);
  }
  // What follows the last row may complain yet.
  jpeg_finish_decompress(decoder);
}

// Whether libjpeg makes up coefficients that no scan brought, from the blocks around.
static int smooths_blocks(j_decompress_ptr decoder) {
  if (!decoder->progressive_mode || !decoder->coef_bits) return 0;
  for (int component = 0; component < decoder->num_components; component++)
    for (int coefficient = 1; coefficient < DCTSIZE2; coefficient++)
      if (decoder->coef_bits[component][coefficient] != 0) return 1;
  return 0;
}

static void decode_region(j_decompress_ptr decoder, pose_region region, uint8_t *samples) {
  // Blocks at the border of a part would be smoothed otherwise than in the whole.
  if (smooths_blocks(decoder)) {
    region.left = region.top = 0;
    region.right = (long)decoder->output_width;
  }
  const long width = (long)decoder->output_width;
  const size_t pixel = (size_t)decoder->output_components, stride = (size_t)width * pixel;
  // The first and the last column that are decoded lack a neighbor to smooth colors with.
  const long left = region.left > 2 ? region.left - 2 : 0;
  const long right = region.right + 2 < width ? region.right + 2 : width;
  JDIMENSION first = (JDIMENSION)left, columns = (JDIMENSION)(right - left);
  if (left > 0 || right < width) jpeg_crop_scanline(decoder, &first, &columns);
  if (region.top > 0) jpeg_skip_scanlines(decoder, (JDIMENSION)region.top);
  while (decoder->output_scanline < (JDIMENSION)region.bottom) {
    JSAMPROW row = samples + decoder->output_scanline * stride + first * pixel;
    jpeg_read_scanlines(decoder, &row, 1);
  }
}

int pose_read_jpeg_header(const uint8_t *bytes, size_t count, pose_jpeg_header *header, char *message) {
  struct jpeg_decompress_struct decoder;
  pose_failure failure;
  decoder.err = pose_catch_failures(&failure, message);
  if (setjmp(failure.exit) == 0) {
    jpeg_create_decompress(&decoder);
    read_header(&decoder, bytes, count);
    header->width = (long)decoder.image_width;
    header->height = (long)decoder.image_height;
    header->is_cmyk = is_cmyk(&decoder);
    failure.code = 0;
  }
  jpeg_destroy_decompress(&decoder);
  return failure.code;
}

static int decode_part(
  const uint8_t *bytes, size_t count, int factor, long width, long height, const pose_region *region,
  uint8_t *samples, char *message) {
  struct jpeg_decompress_struct decoder;
  pose_failure failure;
  struct jpeg_progress_mgr progress = {.progress_monitor = limit_scans};
  decoder.err = pose_catch_failures(&failure, message);
  if (setjmp(failure.exit) == 0) {
    jpeg_create_decompress(&decoder);
    decoder.progress = &progress;
    start(&decoder, bytes, count, factor, width, height);
    if (region)
      decode_region(&decoder, *region, samples);
    else
      decode(&decoder, samples);
    failure.code = 0;
  }
  jpeg_destroy_decompress(&decoder);
  return failure.code;
}

int pose_decode_jpeg(
  const uint8_t *bytes, size_t count, int factor, long width, long height, uint8_t *samples, char *message) {
  return decode_part(bytes, count, factor, width, height, NULL, samples, message);
}

int pose_decode_jpeg_region(
  const uint8_t *bytes, size_t count, int factor, long width, long height, pose_region region, uint8_t *samples,
  char *message) {
  return decode_part(bytes, count, factor, width, height, &region, samples, message);
}
