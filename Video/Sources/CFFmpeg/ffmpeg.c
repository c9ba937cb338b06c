#include "CFFmpeg.h"

#include <math.h>
#include <poll.h>
#include <unistd.h>

void ffmpeg_describe(int error, char *text, size_t size) {
  if (av_strerror(error, text, size) < 0) snprintf(text, size, "error %d", error);
}

static const int32_t *display_matrix(const AVStream *stream) {
#if LIBAVFORMAT_VERSION_MAJOR >= 61
  const AVPacketSideData *data = av_packet_side_data_get(
      stream->codecpar->coded_side_data, stream->codecpar->nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);
  return data && data->size >= 9 * sizeof(int32_t) ? (const int32_t *)data->data : NULL;
#else
  size_t size = 0;
  const uint8_t *data = av_stream_get_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
  return data && size >= 9 * sizeof(int32_t) ? (const int32_t *)data : NULL;
#endif
}

int ffmpeg_rotation(const AVStream *stream) {
  const int32_t *matrix = display_matrix(stream);
  if (!matrix) return 0;
  double degrees = av_display_rotation_get(matrix);
  if (isnan(degrees)) return 0;
  // FFmpeg counts counterclockwise.
  int quarters = (int)lround(-degrees / 90.0) % 4;
  return 90 * ((quarters + 4) % 4);
}

void ffmpeg_set_rotation(AVStream *stream, double degrees) {
  const size_t size = 9 * sizeof(int32_t);
#if LIBAVFORMAT_VERSION_MAJOR >= 61
  AVPacketSideData *data = av_packet_side_data_new(
      &stream->codecpar->coded_side_data, &stream->codecpar->nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX, size, 0);
  int32_t *matrix = data ? (int32_t *)data->data : NULL;
#else
  int32_t *matrix = (int32_t *)av_stream_new_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, size);
#endif
  if (matrix) av_display_rotation_set(matrix, -degrees);
}

int ffmpeg_is_damaged(const AVFrame *frame) {
  return frame->decode_error_flags != 0 || (frame->flags & AV_FRAME_FLAG_CORRUPT) != 0;
}

typedef struct {
  AVFormatContext *context;
  int descriptor;
} Pipe;

static int read_pipe(void *opaque, uint8_t *bytes, int count) {
  const Pipe *pipe = opaque;
  const AVIOInterruptCB *interrupt = &pipe->context->interrupt_callback;
  struct pollfd waiting = {.fd = pipe->descriptor, .events = POLLIN};
  while (!interrupt->callback || !interrupt->callback(interrupt->opaque)) {
    const int ready = poll(&waiting, 1, 100);
    if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
    if (ready < 0) return AVERROR(errno);
    const ssize_t found = read(pipe->descriptor, bytes, (size_t)count);
    if (found < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    return found < 0 ? AVERROR(errno) : found == 0 ? AVERROR_EOF : (int)found;
  }
  return AVERROR_EXIT;
}

AVIOContext *ffmpeg_open_pipe(AVFormatContext *context, int descriptor) {
  const int size = 32768;
  Pipe *pipe = av_malloc(sizeof *pipe);
  uint8_t *buffer = av_malloc(size);
  AVIOContext *opened = pipe && buffer ? avio_alloc_context(buffer, size, 0, pipe, read_pipe, NULL, NULL) : NULL;
  if (!opened) {
    av_free(pipe);
    av_free(buffer);
    return NULL;
  }
  *pipe = (Pipe){context, descriptor};
  return opened;
}

void ffmpeg_close_pipe(AVIOContext *pipe) {
  if (!pipe) return;
  av_free(pipe->opaque);
  av_freep(&pipe->buffer);
  avio_context_free(&pipe);
}
