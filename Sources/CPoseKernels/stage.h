// Where depthwise convolutions stage a band of rows of a plane before they read it.
#pragma once

#include "CPoseKernels.h"

// A staged row has `stride_width` segments: segment p holds each column whose distance from the padding's left edge is
// p modulo the stride. So neighbouring outputs find each of their taps in neighbouring floats. Everything that lies in
// the padding is zero.
typedef struct {
  // Floats from a segment to the next, and from a row to the next.
  long segment, pitch;
  // Zeros before the first column of a segment, in the end of the segment before it.
  long before;
  // Output rows of a band.
  long band;
  // Staged rows of a band.
  long rows;
} pose_stage;

enum {
  // Two bands take half of a first-level cache of 32 KiB, so that the planes find room there too.
  POSE_STAGE_TARGET = 2304,
  // Staged rows start at multiples of the widest vector.
  POSE_STAGE_UNIT = 16,
};

static inline long pose_stage_up(long n) { return (n + POSE_STAGE_UNIT - 1) / POSE_STAGE_UNIT * POSE_STAGE_UNIT; }

static inline pose_stage pose_stage_of(const pose_window *s) {
  const long reach_height = (s->kernel_height - 1) * s->dilation_height;
  const long reach_width = (s->kernel_width - 1) * s->dilation_width;
  pose_stage stage;
  long columns = s->out_width + reach_width / s->stride_width;
  const long all = (s->in_width + s->pad_width) / s->stride_width + 1;
  if (columns < all) columns = all;
  // Split columns are written in whole vectors that may end anywhere.
  stage.segment = pose_stage_up(columns) + (s->stride_width > 1 ? POSE_STAGE_UNIT : 0);
  stage.pitch = stage.segment * s->stride_width;
  stage.before = s->pad_width / s->stride_width;
  long band = (POSE_STAGE_TARGET / stage.pitch - reach_height - 1) / s->stride_height + 1;
  band = band < 4 ? 4 : band / 4 * 4;
  stage.band = band < s->out_height ? band : s->out_height;
  stage.rows = stage.band > 0 ? (stage.band - 1) * s->stride_height + reach_height + 1 : 0;
  return stage;
}

// One staged band: zeros before its first row, and after its last row what the last vector reads beyond it.
static inline long pose_stage_block(const pose_stage *stage) {
  return pose_stage_up(stage->before) + stage->rows * stage->pitch + 2 * POSE_STAGE_UNIT;
}

// Two bands, from a multiple of the unit on.
static inline long pose_stage_count(const pose_stage *stage) { return 2 * pose_stage_block(stage) + POSE_STAGE_UNIT; }
