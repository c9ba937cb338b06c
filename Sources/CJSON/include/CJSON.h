#ifndef CJSON_H
#define CJSON_H

// A walk over one JSON object or array without building a tree, by simdjson. No C++ exception leaves these functions.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// How many bytes behind a text must be readable.
#define CJSON_PADDING 64
// How many objects and arrays can be open at once.
#define CJSON_DEPTH 32

typedef enum {
  CJSON_OK,
  // The value has another type.
  CJSON_WRONG_TYPE,
  // The number does not fit.
  CJSON_OUT_OF_RANGE,
  // More values than there is room for.
  CJSON_TOO_MANY,
  CJSON_TOO_DEEP,
  CJSON_BAD_UTF8,
  // Brackets or strings that nothing closes.
  CJSON_UNCLOSED,
  // Anything else that is not JSON.
  CJSON_MALFORMED,
  CJSON_NO_MEMORY,
} CJSONStatus;

typedef enum {
  CJSON_OBJECT,
  CJSON_ARRAY,
  CJSON_STRING,
  CJSON_NUMBER,
  CJSON_BOOL,
  CJSON_NULL,
} CJSONKind;

typedef struct CJSONReader CJSONReader;

// Null where no memory is left.
CJSONReader *cjson_make(void);
void cjson_free(CJSONReader *reader);

// Begins at an object or array of `count` bytes, with CJSON_PADDING readable bytes behind it; both stay the caller's.
// The value at hand is then the whole.
CJSONStatus cjson_begin(CJSONReader *reader, const uint8_t *bytes, size_t count);

// What the value at hand is. The value stays at hand.
CJSONStatus cjson_kind(CJSONReader *reader, CJSONKind *kind);

// Goes into the object or array at hand. `cjson_next` then makes its elements the value at hand, one after the other,
// and at its end leaves it and says so in `ended`. What is not read is skipped.
CJSONStatus cjson_enter_object(CJSONReader *reader);
CJSONStatus cjson_enter_array(CJSONReader *reader);
CJSONStatus cjson_next(CJSONReader *reader, bool *ended);

// The name of the field at hand, valid until the next `cjson_begin`.
const char *cjson_key(const CJSONReader *reader, size_t *count);

// The value at hand. Each may be read once.
CJSONStatus cjson_integer(CJSONReader *reader, int64_t *value);
CJSONStatus cjson_double(CJSONReader *reader, double *value);
CJSONStatus cjson_bool(CJSONReader *reader, bool *value);
CJSONStatus cjson_string(CJSONReader *reader, const char **bytes, size_t *count);
// An array of numbers at once.
CJSONStatus cjson_doubles(CJSONReader *reader, double *values, size_t capacity, size_t *count);

// How many bytes from the front the walk is.
size_t cjson_offset(CJSONReader *reader);

#ifdef __cplusplus
}
#endif
#endif
