// Builds FlatBuffers, from the leaves to the root. The library is C++; this is the C interface that Swift calls.
//
// Parts are named by their offsets, which are never 0. A call that is out of order, that refers to no part, or that would
// exceed a limit or memory returns 0 and marks the builder as failed, after which further calls do nothing.
#ifndef CFLATBUFFERS_H
#define CFLATBUFFERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct CFlatBuilder CFlatBuilder;
typedef uint32_t CFlatOffset;

// The most bytes of a file: offsets have 31 bits, and some are kept for what ends it.
#define CFLAT_MOST_BYTES ((size_t)0x7fffff00)
// The largest alignment, which is the library's.
#define CFLAT_MOST_ALIGNMENT 32

// Returns NULL if memory runs out. `capacity` is how many bytes are expected.
CFlatBuilder *cflat_make(size_t capacity);
void cflat_free(CFlatBuilder *builder);

CFlatOffset cflat_string(CFlatBuilder *builder, const char *text, size_t count);
// Bytes whose first one is at a multiple of `alignment` in the file, a power of two up to CFLAT_MOST_ALIGNMENT.
CFlatOffset cflat_bytes(CFlatBuilder *builder, const uint8_t *bytes, size_t count, size_t alignment);
CFlatOffset cflat_int32s(CFlatBuilder *builder, const int32_t *values, size_t count);
CFlatOffset cflat_offsets(CFlatBuilder *builder, const CFlatOffset *parts, size_t count);

// A table: its parts exist before it starts, and between start and end only fields are added. Fields are numbered from 0 as
// in the schema.
void cflat_start_table(CFlatBuilder *builder);
void cflat_add_int8(CFlatBuilder *builder, uint16_t field, int8_t value);
void cflat_add_int32(CFlatBuilder *builder, uint16_t field, int32_t value);
void cflat_add_float(CFlatBuilder *builder, uint16_t field, float value);
void cflat_add_part(CFlatBuilder *builder, uint16_t field, CFlatOffset part);
CFlatOffset cflat_end_table(CFlatBuilder *builder);

// Ends the file with its root and an identifier of four letters. The bytes belong to the builder; NULL if it has failed.
const uint8_t *cflat_finish(CFlatBuilder *builder, CFlatOffset root, const char *identifier, size_t *count);

#ifdef __cplusplus
}
#endif

#endif
