#include "CPoseJPEG.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

#include "huffman.h"

// A scan costs time however few its bytes: files of thousands are attacks.
enum { most_scans = 500 };

typedef struct {
  struct jpeg_error_mgr base;
  jmp_buf exit;
  char *message;
} failure;

typedef struct {
  struct jpeg_progress_mgr base;
  failure *failure;
} progress;

static void fail(j_common_ptr codec) {
  failure *failure = (void *)codec->err;
  char text[JMSG_LENGTH_MAX];
  codec->err->format_message(codec, text);
  snprintf(failure->message, POSE_JPEG_MESSAGE, "%s", text);
  longjmp(failure->exit, 1);
}

// Every complaint means lost pixels but stray bytes between two markers.
static void complain(j_common_ptr codec, int level) {
  if (level < 0 && codec->err->msg_code != JWRN_EXTRANEOUS_DATA) fail(codec);
}

static void watch(j_common_ptr codec) {
  progress *watched = (void *)codec->progress;
  if (codec->is_decompressor && ((j_decompress_ptr)codec)->input_scan_number > most_scans) {
    snprintf(watched->failure->message, POSE_JPEG_MESSAGE, "it has more than %d scans", most_scans);
    longjmp(watched->failure->exit, 1);
  }
}

int pose_decode_jpeg_region(
  const uint8_t *bytes, size_t count, int factor, long width, long height, pose_region region, uint8_t *pixels,
  char *message) {
  struct jpeg_decompress_struct decoder;
  failure failure = {.message = message};
  progress watched = {.base = {.progress_monitor = watch}, .failure = &failure};
  decoder.err = jpeg_std_error(&failure.base);
  failure.base.error_exit = fail;
  failure.base.emit_message = complain;
  jpeg_create_decompress(&decoder);
  if (setjmp(failure.exit)) {
    jpeg_destroy_decompress(&decoder);
    return 1;
  }
  decoder.progress = &watched.base;
  jpeg_mem_src(&decoder, (unsigned char *)bytes, count);
  jpeg_read_header(&decoder, TRUE);
  decoder.out_color_space = JCS_RGB;
  decoder.dct_method = JDCT_ISLOW;
  decoder.scale_num = 1;
  decoder.scale_denom = (unsigned)factor;
  jpeg_start_decompress(&decoder);
  if (decoder.output_width != (JDIMENSION)width || decoder.output_height != (JDIMENSION)height) {
    snprintf(message, POSE_JPEG_MESSAGE, "its header says other sides than before");
    longjmp(failure.exit, 1);
  }
  // The first and the last column that are decoded lack a neighbour to smooth colours with.
  const long left = region.left > 2 ? region.left - 2 : 0;
  const long right = region.right + 2 < width ? region.right + 2 : width;
  JDIMENSION first = (JDIMENSION)left, columns = (JDIMENSION)(right - left);
  if (left > 0 || right < width) jpeg_crop_scanline(&decoder, &first, &columns);
  const JDIMENSION scale = (JDIMENSION)factor;
  pose_decode_huffman_faster(&decoder, first * scale, (first + columns) * scale - 1);
  if (region.top > 0) jpeg_skip_scanlines(&decoder, (JDIMENSION)region.top);
  while (decoder.output_scanline < (JDIMENSION)region.bottom) {
    JSAMPROW row = pixels + ((long)decoder.output_scanline * width + first) * 3;
    jpeg_read_scanlines(&decoder, &row, 1);
  }
  jpeg_destroy_decompress(&decoder);
  return 0;
}
