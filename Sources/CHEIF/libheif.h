// The declarations of libheif's public interface that are needed here. They have been the same since its version 1.7.
#ifndef CHEIF_LIBHEIF_H
#define CHEIF_LIBHEIF_H

#include <stddef.h>
#include <stdint.h>

typedef struct heif_context heif_context;
typedef struct heif_image_handle heif_image_handle;
typedef struct heif_image heif_image;
typedef uint32_t heif_item_id;

// Enumerations are passed as int.
typedef struct {
  int code;
  int subcode;
  const char *message;
} heif_error;

enum {
  heif_error_Ok = 0,
  heif_error_Memory_allocation_error = 6,
  heif_error_Plugin_loading_error = 11,
  heif_suberror_Security_limit_exceeded = 1000,
  heif_suberror_Unsupported_codec = 3000,
  heif_colorspace_RGB = 1,
  heif_chroma_interleaved_RGB = 10,
  heif_channel_interleaved = 10,
};

// The beginning of the struct, whose later versions add fields at the end.
typedef struct {
  uint8_t version;
  uint8_t ignore_transformations;
  void (*start_progress)(int step, int count, void *context);
  void (*on_progress)(int step, int count, void *context);
  void (*end_progress)(int step, void *context);
  void *progress_user_data;
  // Since version 2.
  uint8_t convert_hdr_to_8bit;
  // Since version 3.
  uint8_t strict_decoding;
} heif_decoding_options;

#endif
