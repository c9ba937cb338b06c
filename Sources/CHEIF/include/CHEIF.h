// Reads HEIC and AVIF pictures with libheif, which is loaded when such a picture is met and is not linked: it is seldom
// needed, and the packages of most systems bring codecs under the GPL with it.
#ifndef CHEIF_H
#define CHEIF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CHEIF_MESSAGE 200

typedef struct CHEIFLibrary CHEIFLibrary;

// Loads the first of the libraries that is installed, for as long as the program runs. Null if none is, or if it lacks a
// function.
const CHEIFLibrary *cheif_load(const char *const *names, size_t count);
const char *cheif_version(const CHEIFLibrary *library);

typedef enum { CHEIF_HEVC = 1, CHEIF_AV1 = 4 } CHEIFCodec;

// Whether a decoder is installed. Some systems have each in a package of its own.
bool cheif_has_decoder(const CHEIFLibrary *library, CHEIFCodec codec);

typedef enum {
  CHEIF_DONE,
  // The file is damaged, or has something that libheif does not read.
  CHEIF_DAMAGED,
  // No decoder is installed for what the picture is compressed by.
  CHEIF_NO_DECODER,
  CHEIF_NO_MEMORY,
} CHEIFStatus;

typedef struct CHEIFPicture CHEIFPicture;

// Reads a file's boxes, but decodes nothing. The bytes are not copied and must outlive the picture. Unless this is done,
// the reason is in `message`, which has CHEIF_MESSAGE bytes, and nothing is left to close.
CHEIFStatus cheif_open(
  const CHEIFLibrary *library, const uint8_t *bytes, size_t count, CHEIFPicture **picture, char *message);
void cheif_close(CHEIFPicture *picture);

typedef struct {
  // Of the picture after the file's own rotations, mirrorings and crops.
  long width, height;
  // The sizes of the ICC profile and of the EXIF data in bytes; 0 where there is none.
  size_t profile_count, exif_count;
} CHEIFHeader;

CHEIFHeader cheif_header(const CHEIFPicture *picture);

// Decodes the upright picture, which must have width x height pixels, to interleaved RGB samples of 8 bits.
CHEIFStatus cheif_decode(const CHEIFPicture *picture, long width, long height, uint8_t *samples, char *message);

// Write as many bytes as the header says. False if they cannot be read.
bool cheif_read_profile(const CHEIFPicture *picture, uint8_t *bytes);
bool cheif_read_exif(const CHEIFPicture *picture, uint8_t *bytes);

#ifdef __cplusplus
}
#endif

#endif
