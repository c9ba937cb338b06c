#include "include/CFlatBuffers.h"

#include <flatbuffers/flatbuffers.h>

#include <cstring>
#include <new>

using namespace flatbuffers;

struct CFlatBuilder {
  FlatBufferBuilder builder;
  uoffset_t table = 0;
  // A bit for each field that the table has.
  uint64_t fields = 0;
  bool is_in_table = false;
  bool is_finished = false;
  bool has_failed = false;

  explicit CFlatBuilder(size_t capacity) : builder(capacity) {}

  bool has(CFlatOffset part) const { return part != 0 && part <= builder.GetSize(); }

  // Whether the table can take the field, which then counts as taken.
  bool takes(uint16_t field) {
    const bool is_free = field < 64 && (fields >> field & 1) == 0;
    if (is_free) fields |= uint64_t{1} << field;
    return is_free;
  }
};

static_assert(CFLAT_MOST_ALIGNMENT == FLATBUFFERS_MAX_ALIGNMENT, "the library checks no more");

namespace {

// The largest part beside its own bytes: a table with its list of fields, and padding.
constexpr size_t OVERHEAD = 1024;

// Does the work if the builder is in the given state and has room for so many bytes. Nothing is thrown to C, and the
// library's own checks, which would end the program, are not reached.
template <typename Work>
CFlatOffset guarded(CFlatBuilder *builder, bool in_table, size_t bytes, Work work) {
  if (builder->has_failed) return 0;
  const size_t used = builder->builder.GetSize();
  if (builder->is_in_table != in_table || builder->is_finished || bytes > CFLAT_MOST_BYTES ||
      used + OVERHEAD > CFLAT_MOST_BYTES - bytes) {
    builder->has_failed = true;
    return 0;
  }
  try {
    return work(builder->builder);
  } catch (...) {
    builder->has_failed = true;
    return 0;
  }
}

template <typename Scalar>
void add(CFlatBuilder *builder, uint16_t field, Scalar value) {
  guarded(builder, true, 0, [&](FlatBufferBuilder &file) -> CFlatOffset {
    if (!builder->takes(field)) {
      builder->has_failed = true;
      return 0;
    }
    file.AddElement<Scalar>(FieldIndexToOffset(field), value);
    return 0;
  });
}

}  // namespace

CFlatBuilder *cflat_make(size_t capacity) {
  try {
    return new CFlatBuilder(capacity < OVERHEAD ? OVERHEAD : capacity > CFLAT_MOST_BYTES ? CFLAT_MOST_BYTES : capacity);
  } catch (...) {
    return nullptr;
  }
}

void cflat_free(CFlatBuilder *builder) { delete builder; }

CFlatOffset cflat_string(CFlatBuilder *builder, const char *text, size_t count) {
  return guarded(builder, false, count, [&](FlatBufferBuilder &file) { return file.CreateString(text, count).o; });
}

CFlatOffset cflat_bytes(CFlatBuilder *builder, const uint8_t *bytes, size_t count, size_t alignment) {
  const bool is_power = alignment >= 1 && alignment <= CFLAT_MOST_ALIGNMENT && (alignment & (alignment - 1)) == 0;
  return guarded(builder, false, count, [&](FlatBufferBuilder &file) -> CFlatOffset {
    if (!is_power) {
      builder->has_failed = true;
      return 0;
    }
    file.ForceVectorAlignment(count, 1, alignment);
    return file.CreateVector(bytes, count).o;
  });
}

CFlatOffset cflat_int32s(CFlatBuilder *builder, const int32_t *values, size_t count) {
  const size_t bytes = count > CFLAT_MOST_BYTES / 4 ? CFLAT_MOST_BYTES : count * 4;
  return guarded(builder, false, bytes, [&](FlatBufferBuilder &file) { return file.CreateVector(values, count).o; });
}

CFlatOffset cflat_offsets(CFlatBuilder *builder, const CFlatOffset *parts, size_t count) {
  const size_t bytes = count > CFLAT_MOST_BYTES / 4 ? CFLAT_MOST_BYTES : count * 4;
  return guarded(builder, false, bytes, [&](FlatBufferBuilder &file) -> CFlatOffset {
    for (size_t index = 0; index < count; ++index) {
      if (!builder->has(parts[index])) {
        builder->has_failed = true;
        return 0;
      }
    }
    file.StartVector(count, sizeof(CFlatOffset));
    for (size_t index = count; index > 0; --index) file.PushElement(Offset<void>(parts[index - 1]));
    return file.EndVector(count);
  });
}

void cflat_start_table(CFlatBuilder *builder) {
  guarded(builder, false, 0, [&](FlatBufferBuilder &file) -> CFlatOffset {
    builder->table = file.StartTable();
    builder->is_in_table = true;
    builder->fields = 0;
    return 0;
  });
}

void cflat_add_int8(CFlatBuilder *builder, uint16_t field, int8_t value) { add(builder, field, value); }
void cflat_add_int32(CFlatBuilder *builder, uint16_t field, int32_t value) { add(builder, field, value); }
void cflat_add_float(CFlatBuilder *builder, uint16_t field, float value) { add(builder, field, value); }

void cflat_add_part(CFlatBuilder *builder, uint16_t field, CFlatOffset part) {
  guarded(builder, true, 0, [&](FlatBufferBuilder &file) -> CFlatOffset {
    if (!builder->has(part) || !builder->takes(field)) {
      builder->has_failed = true;
      return 0;
    }
    file.AddOffset(FieldIndexToOffset(field), Offset<void>(part));
    return 0;
  });
}

CFlatOffset cflat_end_table(CFlatBuilder *builder) {
  return guarded(builder, true, 0, [&](FlatBufferBuilder &file) {
    builder->is_in_table = false;
    return file.EndTable(builder->table);
  });
}

const uint8_t *cflat_finish(CFlatBuilder *builder, CFlatOffset root, const char *identifier, size_t *count) {
  *count = 0;
  const CFlatOffset done = guarded(builder, false, 0, [&](FlatBufferBuilder &file) -> CFlatOffset {
    if (!builder->has(root) || std::strlen(identifier) != kFileIdentifierLength) {
      builder->has_failed = true;
      return 0;
    }
    file.Finish(Offset<void>(root), identifier);
    builder->is_finished = true;
    return 1;
  });
  if (done == 0) return nullptr;
  *count = builder->builder.GetSize();
  return builder->builder.GetBufferPointer();
}
