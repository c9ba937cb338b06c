// FFmpeg's libraries, with what Swift cannot import of them: macros, and what differs between their versions.
#ifndef CFFMPEG_H
#define CFFMPEG_H

#include <errno.h>
#include <libavcodec/avcodec.h>
#include <libavdevice/avdevice.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libavutil/display.h>
#include <libswscale/swscale.h>

static inline int ffmpeg_again(void) { return AVERROR(EAGAIN); }
static inline int ffmpeg_end(void) { return AVERROR_EOF; }
static inline int ffmpeg_interrupted(void) { return AVERROR_EXIT; }
static inline int ffmpeg_invalid_data(void) { return AVERROR_INVALIDDATA; }
static inline int64_t ffmpeg_no_time(void) { return AV_NOPTS_VALUE; }

// What an error number says.
void ffmpeg_describe(int error, char *text, size_t size);

// By how many degrees a stream's pictures are to be turned clockwise before they are shown: 0, 90, 180 or 270.
int ffmpeg_rotation(const AVStream *stream);

// Says so of a stream that is written.
void ffmpeg_set_rotation(AVStream *stream, double degrees);

// Whether a decoded frame is damaged.
int ffmpeg_is_damaged(const AVFrame *frame);

// Reads a pipe of the process, such as standard input, and ends where the context's interrupt callback says so, also while
// nothing comes. NULL where there is no memory. The context holds what this returns; ffmpeg_close_pipe frees it.
AVIOContext *ffmpeg_open_pipe(AVFormatContext *context, int descriptor);
void ffmpeg_close_pipe(AVIOContext *pipe);

#endif
