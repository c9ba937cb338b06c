// How libjpeg's errors become messages.
#pragma once

#include <setjmp.h>
#include <stddef.h>
#include <stdio.h>

#include <jpeglib.h>

typedef struct {
  struct jpeg_error_mgr base;
  jmp_buf exit;
  char *message;
  // What the function returns, which changes between setjmp and longjmp.
  volatile int code;
} pose_failure;

// The error manager of a codec that jumps to `exit` with the first error in `message`.
struct jpeg_error_mgr *pose_catch_failures(pose_failure *failure, char *message);

// Reports an error that is not libjpeg's.
__attribute__((noreturn, format(printf, 2, 3))) void pose_fail(j_common_ptr codec, const char *format, ...);
