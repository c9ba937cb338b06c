#include "failure.h"

void pose_png_fail(png_structp png, png_const_charp text) {
  pose_png_failure *failure = png_get_error_ptr(png);
  snprintf(failure->message, POSE_PNG_MESSAGE, "%s", text);
  longjmp(failure->exit, 1);
}
