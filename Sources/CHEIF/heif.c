#include "CHEIF.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// CTransfer's, which loads libraries too.
#include "library.h"
#include "libheif.h"

struct CHEIFLibrary {
  const char *(*version)(void);
  int (*have_decoder)(int format);
  heif_context *(*context_alloc)(void);
  void (*context_free)(heif_context *);
  heif_error (*read)(heif_context *, const void *bytes, size_t count, const void *options);
  heif_error (*primary)(heif_context *, heif_image_handle **);
  void (*handle_release)(const heif_image_handle *);
  int (*width)(const heif_image_handle *);
  int (*height)(const heif_image_handle *);
  size_t (*profile_size)(const heif_image_handle *);
  heif_error (*profile)(const heif_image_handle *, void *bytes);
  int (*metadata_ids)(const heif_image_handle *, const char *type, heif_item_id *ids, int count);
  size_t (*metadata_size)(const heif_image_handle *, heif_item_id);
  heif_error (*metadata)(const heif_image_handle *, heif_item_id, void *bytes);
  heif_decoding_options *(*options_alloc)(void);
  void (*options_free)(heif_decoding_options *);
  heif_error (*decode)(
    const heif_image_handle *, heif_image **, int colorspace, int chroma, const heif_decoding_options *);
  int (*image_width)(const heif_image *, int channel);
  int (*image_height)(const heif_image *, int channel);
  const uint8_t *(*plane)(const heif_image *, int channel, int *stride);
  void (*image_release)(const heif_image *);
};

struct CHEIFPicture {
  const CHEIFLibrary *library;
  heif_context *context;
  heif_image_handle *handle;
  // Of the EXIF data, if there is any.
  heif_item_id exif;
  CHEIFHeader header;
};

static bool find_functions(void *from, CHEIFLibrary *library) {
  return find_function(from, "heif_get_version", (void **)&library->version) &&
         find_function(from, "heif_have_decoder_for_format", (void **)&library->have_decoder) &&
         find_function(from, "heif_context_alloc", (void **)&library->context_alloc) &&
         find_function(from, "heif_context_free", (void **)&library->context_free) &&
         find_function(from, "heif_context_read_from_memory_without_copy", (void **)&library->read) &&
         find_function(from, "heif_context_get_primary_image_handle", (void **)&library->primary) &&
         find_function(from, "heif_image_handle_release", (void **)&library->handle_release) &&
         find_function(from, "heif_image_handle_get_width", (void **)&library->width) &&
         find_function(from, "heif_image_handle_get_height", (void **)&library->height) &&
         find_function(from, "heif_image_handle_get_raw_color_profile_size", (void **)&library->profile_size) &&
         find_function(from, "heif_image_handle_get_raw_color_profile", (void **)&library->profile) &&
         find_function(from, "heif_image_handle_get_list_of_metadata_block_IDs", (void **)&library->metadata_ids) &&
         find_function(from, "heif_image_handle_get_metadata_size", (void **)&library->metadata_size) &&
         find_function(from, "heif_image_handle_get_metadata", (void **)&library->metadata) &&
         find_function(from, "heif_decoding_options_alloc", (void **)&library->options_alloc) &&
         find_function(from, "heif_decoding_options_free", (void **)&library->options_free) &&
         find_function(from, "heif_decode_image", (void **)&library->decode) &&
         find_function(from, "heif_image_get_width", (void **)&library->image_width) &&
         find_function(from, "heif_image_get_height", (void **)&library->image_height) &&
         find_function(from, "heif_image_get_plane_readonly", (void **)&library->plane) &&
         find_function(from, "heif_image_release", (void **)&library->image_release);
}

const CHEIFLibrary *cheif_load(const char *const *names, size_t count) {
  void *loaded = opened_library(names, count);
  if (!loaded) return NULL;
  CHEIFLibrary *library = calloc(1, sizeof *library);
  if (library && find_functions(loaded, library)) {
    // Since version 1.13, this loads the decoders that are packages of their own.
    heif_error (*init)(void *) = NULL;
    if (find_function(loaded, "heif_init", (void **)&init)) init(NULL);
    return library;
  }
  free(library);
  dlclose(loaded);
  return NULL;
}

const char *cheif_version(const CHEIFLibrary *library) { return library->version(); }

bool cheif_has_decoder(const CHEIFLibrary *library, CHEIFCodec codec) { return library->have_decoder(codec) != 0; }

static CHEIFStatus status_of(heif_error error, char *message) {
  if (error.code == heif_error_Ok) return CHEIF_DONE;
  snprintf(message, CHEIF_MESSAGE, "%s", error.message ? error.message : "libheif says no more");
  if (error.subcode == heif_suberror_Unsupported_codec || error.code == heif_error_Plugin_loading_error)
    return CHEIF_NO_DECODER;
  // Limits of what a file may ask for have the same code.
  const bool is_limit = error.subcode == heif_suberror_Security_limit_exceeded;
  return error.code == heif_error_Memory_allocation_error && !is_limit ? CHEIF_NO_MEMORY : CHEIF_DAMAGED;
}

static CHEIFHeader header_of(CHEIFPicture *picture) {
  const CHEIFLibrary *library = picture->library;
  const heif_image_handle *handle = picture->handle;
  CHEIFHeader header = {
    .width = library->width(handle), .height = library->height(handle), .profile_count = library->profile_size(handle)};
  if (library->metadata_ids(handle, "Exif", &picture->exif, 1) == 1)
    header.exif_count = library->metadata_size(handle, picture->exif);
  return header;
}

CHEIFStatus cheif_open(
  const CHEIFLibrary *library, const uint8_t *bytes, size_t count, CHEIFPicture **picture, char *message) {
  CHEIFPicture *opened = calloc(1, sizeof *opened);
  heif_context *context = opened ? library->context_alloc() : NULL;
  if (!context) {
    free(opened);
    snprintf(message, CHEIF_MESSAGE, "no memory");
    return CHEIF_NO_MEMORY;
  }
  opened->library = library;
  opened->context = context;
  CHEIFStatus status = status_of(library->read(context, bytes, count, NULL), message);
  if (status == CHEIF_DONE) status = status_of(library->primary(context, &opened->handle), message);
  if (status != CHEIF_DONE) {
    cheif_close(opened);
    return status;
  }
  opened->header = header_of(opened);
  *picture = opened;
  return CHEIF_DONE;
}

void cheif_close(CHEIFPicture *picture) {
  if (picture->handle) picture->library->handle_release(picture->handle);
  picture->library->context_free(picture->context);
  free(picture);
}

CHEIFHeader cheif_header(const CHEIFPicture *picture) { return picture->header; }

CHEIFStatus cheif_decode(const CHEIFPicture *picture, long width, long height, uint8_t *samples, char *message) {
  const CHEIFLibrary *library = picture->library;
  heif_decoding_options *options = library->options_alloc();
  if (options && options->version >= 2) options->convert_hdr_to_8bit = 1;
  // Otherwise damaged parts would be made up.
  if (options && options->version >= 3) options->strict_decoding = 1;
  heif_image *image = NULL;
  const heif_error error =
    library->decode(picture->handle, &image, heif_colorspace_RGB, heif_chroma_interleaved_RGB, options);
  if (options) library->options_free(options);
  CHEIFStatus status = status_of(error, message);
  if (status != CHEIF_DONE) return status;
  int stride = 0;
  const uint8_t *plane = library->plane(image, heif_channel_interleaved, &stride);
  if (library->image_width(image, heif_channel_interleaved) != width ||
      library->image_height(image, heif_channel_interleaved) != height) {
    snprintf(message, CHEIF_MESSAGE, "its header says other sides than its pixels have");
    status = CHEIF_DAMAGED;
  } else if (!plane || stride < width * 3) {
    snprintf(message, CHEIF_MESSAGE, "it has no pixels");
    status = CHEIF_DAMAGED;
  } else {
    const size_t row = (size_t)width * 3;
    for (long y = 0; y < height; y++) memcpy(samples + (size_t)y * row, plane + (size_t)y * (size_t)stride, row);
  }
  library->image_release(image);
  return status;
}

bool cheif_read_profile(const CHEIFPicture *picture, uint8_t *bytes) {
  return picture->library->profile(picture->handle, bytes).code == heif_error_Ok;
}

bool cheif_read_exif(const CHEIFPicture *picture, uint8_t *bytes) {
  return picture->library->metadata(picture->handle, picture->exif, bytes).code == heif_error_Ok;
}
