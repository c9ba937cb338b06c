#include "failure.h"

#include <stdarg.h>

#include <jerror.h>

#include "CPoseJPEG.h"

static void fail(j_common_ptr codec) {
  pose_failure *failure = (void *)codec->err;
  char text[JMSG_LENGTH_MAX];
  codec->err->format_message(codec, text);
  snprintf(failure->message, POSE_JPEG_MESSAGE, "%s", text);
  // With its limit of memory reached, libjpeg looks for a file to keep samples in, which it is built without.
  const int code = codec->err->msg_code;
  if (code == JERR_OUT_OF_MEMORY || code == JERR_NO_BACKING_STORE) failure->code = POSE_JPEG_NO_MEMORY;
  longjmp(failure->exit, 1);
}

// Every warning means lost pixels except those of stray bytes between two markers, of a scan's header that names no
// coefficients, and of a later version.
static void warn(j_common_ptr codec, int level) {
  if (level >= 0) return;
  switch (codec->err->msg_code) {
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_NOT_SEQUENTIAL:
    case JWRN_JFIF_MAJOR: return;
    default: fail(codec);
  }
}

struct jpeg_error_mgr *pose_catch_failures(pose_failure *failure, char *message) {
  jpeg_std_error(&failure->base);
  failure->base.error_exit = fail;
  failure->base.emit_message = warn;
  failure->message = message;
  failure->code = 1;
  return &failure->base;
}

void pose_fail(j_common_ptr codec, const char *format, ...) {
  pose_failure *failure = (void *)codec->err;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(failure->message, POSE_JPEG_MESSAGE, format, arguments);
  va_end(arguments);
  longjmp(failure->exit, 1);
}
