#define SIMDJSON_EXCEPTIONS 0
#include "include/CJSON.h"

#include <simdjson.h>

#include <new>
#include <string_view>

using namespace simdjson;

namespace {

struct Frame {
  ondemand::object_iterator fields;
  ondemand::array_iterator elements;
  bool is_object;
  bool has_begun;
};

CJSONStatus status(error_code error) {
  switch (error) {
    case SUCCESS: return CJSON_OK;
    case INCORRECT_TYPE:
    case SCALAR_DOCUMENT_AS_VALUE: return CJSON_WRONG_TYPE;
    case NUMBER_OUT_OF_RANGE:
    case NUMBER_ERROR: return CJSON_OUT_OF_RANGE;
    case DEPTH_ERROR: return CJSON_TOO_DEEP;
    case UTF8_ERROR: return CJSON_BAD_UTF8;
    case UNCLOSED_STRING:
    case INCOMPLETE_ARRAY_OR_OBJECT: return CJSON_UNCLOSED;
    case MEMALLOC:
    case CAPACITY: return CJSON_NO_MEMORY;
    default: return CJSON_MALFORMED;
  }
}

}  // namespace

struct CJSONReader {
  ondemand::parser parser;
  ondemand::document document;
  ondemand::value value;
  std::string_view key;
  Frame frames[CJSON_DEPTH];
  int depth = 0;
  const uint8_t *bytes = nullptr;
  size_t count = 0;
  bool has_document = false;
};

CJSONReader *cjson_make(void) { return new (std::nothrow) CJSONReader; }

void cjson_free(CJSONReader *reader) { delete reader; }

CJSONStatus cjson_begin(CJSONReader *reader, const uint8_t *bytes, size_t count) {
  static_assert(CJSON_PADDING >= SIMDJSON_PADDING, "simdjson reads further");
  reader->bytes = bytes;
  reader->count = count;
  reader->depth = 0;
  reader->key = {};
  reader->has_document = false;
  const padded_string_view text(reinterpret_cast<const char *>(bytes), count, count + CJSON_PADDING);
  if (const auto error = reader->parser.iterate(text).get(reader->document)) return status(error);
  reader->has_document = true;
  return status(reader->document.get_value().get(reader->value));
}

CJSONStatus cjson_kind(CJSONReader *reader, CJSONKind *kind) {
  ondemand::json_type type;
  if (const auto error = reader->value.type().get(type)) return status(error);
  switch (type) {
    case ondemand::json_type::object: *kind = CJSON_OBJECT; break;
    case ondemand::json_type::array: *kind = CJSON_ARRAY; break;
    case ondemand::json_type::string: *kind = CJSON_STRING; break;
    case ondemand::json_type::number: *kind = CJSON_NUMBER; break;
    case ondemand::json_type::boolean: *kind = CJSON_BOOL; break;
    case ondemand::json_type::null: *kind = CJSON_NULL; break;
  }
  return CJSON_OK;
}

CJSONStatus cjson_enter_object(CJSONReader *reader) {
  if (reader->depth == CJSON_DEPTH) return CJSON_TOO_DEEP;
  Frame &frame = reader->frames[reader->depth];
  ondemand::object object;
  if (const auto error = reader->value.get_object().get(object)) return status(error);
  if (const auto error = object.begin().get(frame.fields)) return status(error);
  frame.is_object = true;
  frame.has_begun = false;
  reader->depth += 1;
  return CJSON_OK;
}

CJSONStatus cjson_enter_array(CJSONReader *reader) {
  if (reader->depth == CJSON_DEPTH) return CJSON_TOO_DEEP;
  Frame &frame = reader->frames[reader->depth];
  ondemand::array array;
  if (const auto error = reader->value.get_array().get(array)) return status(error);
  if (const auto error = array.begin().get(frame.elements)) return status(error);
  frame.is_object = false;
  frame.has_begun = false;
  reader->depth += 1;
  return CJSON_OK;
}

CJSONStatus cjson_next(CJSONReader *reader, bool *ended) {
  *ended = true;
  if (reader->depth == 0) return CJSON_OK;
  Frame &frame = reader->frames[reader->depth - 1];
  if (frame.is_object) {
    if (frame.has_begun) ++frame.fields;
    frame.has_begun = true;
    if (frame.fields != ondemand::object_iterator()) {
      ondemand::field field;
      if (const auto error = (*frame.fields).get(field)) return status(error);
      if (const auto error = field.unescaped_key().get(reader->key)) return status(error);
      reader->value = field.value();
      *ended = false;
      return CJSON_OK;
    }
  } else {
    if (frame.has_begun) ++frame.elements;
    frame.has_begun = true;
    if (frame.elements != ondemand::array_iterator()) {
      if (const auto error = (*frame.elements).get(reader->value)) return status(error);
      *ended = false;
      return CJSON_OK;
    }
  }
  reader->depth -= 1;
  return CJSON_OK;
}

const char *cjson_key(const CJSONReader *reader, size_t *count) {
  *count = reader->key.size();
  return reader->key.data();
}

CJSONStatus cjson_integer(CJSONReader *reader, int64_t *value) { return status(reader->value.get_int64().get(*value)); }

CJSONStatus cjson_double(CJSONReader *reader, double *value) { return status(reader->value.get_double().get(*value)); }

CJSONStatus cjson_bool(CJSONReader *reader, bool *value) { return status(reader->value.get_bool().get(*value)); }

CJSONStatus cjson_string(CJSONReader *reader, const char **bytes, size_t *count) {
  std::string_view text;
  if (const auto error = reader->value.get_string().get(text)) return status(error);
  *bytes = text.data();
  *count = text.size();
  return CJSON_OK;
}

CJSONStatus cjson_doubles(CJSONReader *reader, double *values, size_t capacity, size_t *count) {
  *count = 0;
  ondemand::array array;
  if (const auto error = reader->value.get_array().get(array)) return status(error);
  for (auto element : array) {
    if (*count == capacity) return CJSON_TOO_MANY;
    if (const auto error = element.get_double().get(values[*count])) return status(error);
    *count += 1;
  }
  return CJSON_OK;
}

size_t cjson_offset(CJSONReader *reader) {
  // simdjson names no place in what it cannot begin with.
  if (!reader->has_document) return 0;
  const char *place;
  if (reader->document.current_location().get(place)) return reader->count;
  const auto offset = reinterpret_cast<const uint8_t *>(place) - reader->bytes;
  return offset < 0 ? 0 : static_cast<size_t>(offset) > reader->count ? reader->count : static_cast<size_t>(offset);
}
