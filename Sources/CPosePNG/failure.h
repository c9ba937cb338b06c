// How libpng's errors become messages.
#pragma once

#include <setjmp.h>
#include <stdio.h>

#include <png.h>

#include "CPosePNG.h"

typedef struct {
  jmp_buf exit;
  char *message;
} pose_png_failure;

// libpng's error function: jumps to `exit` with the error in `message`.
void pose_png_fail(png_structp png, png_const_charp text);
