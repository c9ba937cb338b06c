// Huffman decoding for whole scans in memory, which libjpeg's own decoder does not count on: no byte is checked for a
// marker, and a look into a table gives a code and its value at once. It takes the place of libjpeg's behind the same
// method. Symbols take about 14 cycles, libjpeg's 20, most of them for branches that cannot be foreseen.

#include "huffman.h"

#include <stdint.h>
#include <string.h>

#include <jerror.h>

// The method to replace is declared in a header that some systems do not install.
#if __has_include(<jpegint.h>) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__

#include <jpegint.h>

enum { ahead = 11, most_components = 4 };

// What the next bits mean. Codes that are longer than the table's index are found by `end`, `offset`
// and `symbols`.
typedef struct {
  // Bits 0...7: the length of code and value, 8...15: the run of zeros, 16...31: the value; 0 where the value is not in
  // the index.
  int32_t whole[1 << ahead];
  // The code's length in bits 8 and up, its symbol below; 0 where it is longer than the index.
  uint16_t codes[1 << ahead];
  // For coefficients that nobody wants, as many codes with their values as the index holds. Bits 0...7: their length,
  // 8...15: how many coefficients they are, 16: whether the block ends there; 0 where not even one is whole.
  uint32_t skips[1 << ahead];
  // The first code beyond each length, left-aligned to 16 bits, and where the length's symbols begin.
  uint32_t end[18];
  int32_t offset[17];
  uint8_t symbols[256];
} codes;

typedef struct {
  const uint8_t *next, *end;
  uint64_t bits;
  int count;
  // Wraps around where the data is damaged.
  uint32_t predicted[most_components];
  // The MCU of its row that comes next, and those that are wanted.
  JDIMENSION column, first, last;
  codes dc[NUM_HUFF_TBLS], ac[NUM_HUFF_TBLS];
} stream;

static const uint8_t zigzag[64 + 16] = {
  0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13,
  6,  7,  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31,
  39, 46, 53, 60, 61, 54, 47, 55, 62, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63, 63};

// A value of so many bits, those with a leading 0 being negative.
static inline int extended(uint32_t bits, int size) {
  return (int)bits - ((bits >> (size - 1)) & 1 ? 0 : (1 << size) - 1);
}

// 0 where the table is none.
static int build(codes *codes, const JHUFF_TBL *table, int is_ac) {
  memset(codes, 0, sizeof *codes);
  memcpy(codes->symbols, table->huffval, 256);
  uint32_t code = 0;
  int index = 0;
  for (int length = 1; length <= 16; length++) {
    codes->offset[length] = index - (int)code;
    for (int i = 0; i < table->bits[length]; i++, code++, index++) {
      if (index >= 256 || code >= 1u << length) return 0;
      const int symbol = table->huffval[index];
      const int size = symbol & 15, run = symbol >> 4;
      if (!is_ac && symbol > 15) return 0;
      if (length > ahead) continue;
      uint32_t at = code << (ahead - length);
      for (uint32_t rest = 0; rest < 1u << (ahead - length); rest++)
        codes->codes[at + rest] = (uint16_t)(length << 8 | symbol);
      if (!is_ac || size == 0 || length + size > ahead) continue;
      const uint32_t same = 1u << (ahead - length - size);
      for (uint32_t bits = 0; bits < 1u << size; bits++, at += same) {
        const uint32_t value = (uint32_t)extended(bits, size) << 16;
        for (uint32_t rest = 0; rest < same; rest++)
          codes->whole[at + rest] = (int32_t)(value | (uint32_t)(run << 8) | (uint32_t)(length + size));
      }
    }
    codes->end[length] = code << (16 - length);
    code <<= 1;
  }
  codes->end[17] = 0xffffffff;
  return 1;
}

static void build_skips(codes *codes) {
  for (uint32_t index = 0; index < 1u << ahead; index++) {
    uint32_t length = 0, coefficients = 0, ends = 0;
    while (!ends) {
      const uint32_t code = codes->codes[index << length & ((1u << ahead) - 1)];
      const uint32_t size = code & 15, run = code >> 4 & 15, all = (code >> 8) + size;
      if (code == 0 || length + all > ahead) break;
      length += all;
      ends = size == 0 && run != 15;
      if (!ends) coefficients += run + 1;
    }
    codes->skips[index] = ends << 16 | coefficients << 8 | length;
  }
}

// A code longer than the tables' index: its length in bits 8 and up, its symbol below; 0 where there is none.
static int long_code(const codes *codes, uint32_t top) {
  int length = ahead + 1;
  while (length <= 16 && top >= codes->end[length]) length++;
  if (length > 16) return 0;
  return length << 8 | codes->symbols[(codes->offset[length] + (int)(top >> (16 - length))) & 255];
}

// At least 56 bits are there afterwards; beyond the end there are zeros, in memory that is kept for them.
#define REFILL \
  { \
    uint64_t eight; \
    memcpy(&eight, next, 8); \
    bits |= __builtin_bswap64(eight) >> count; \
    next += (63 - count) >> 3; \
    count |= 56; \
  }
#define DROP(n) \
  { \
    const int dropped = (n); \
    bits <<= dropped; \
    count -= dropped; \
  }

// The blocks of one MCU, whose coefficients are zero before; 0 where a code is none. What is not wanted is not stored.
static inline __attribute__((always_inline)) int decode(
  stream *shared, j_decompress_ptr decoder, JBLOCKROW *blocks, int stores) {
  const uint8_t *next = shared->next;
  uint64_t bits = shared->bits;
  int count = shared->count;
  for (int index = 0; index < decoder->blocks_in_MCU; index++) {
    const int component = decoder->MCU_membership[index];
    const jpeg_component_info *info = decoder->cur_comp_info[component];
    const codes *dc = &shared->dc[info->dc_tbl_no], *ac = &shared->ac[info->ac_tbl_no];
    JCOEF *block = stores ? *blocks[index] : NULL;
    REFILL
    int code = dc->codes[bits >> (64 - ahead)];
    if (code == 0 && (code = long_code(dc, (uint32_t)(bits >> 48))) == 0) return 0;
    DROP(code >> 8)
    const int size = code & 255;
    if (size > 0) {
      shared->predicted[component] += (uint32_t)extended((uint32_t)(bits >> (64 - size)), size);
      DROP(size)
    }
    if (stores) block[0] = (JCOEF)shared->predicted[component];
    for (int k = 1; !stores && k < 64;) {
      if (count < 32) REFILL
      const uint32_t skip = ac->skips[bits >> (64 - ahead)];
      const int coefficients = skip >> 8 & 255, ends = (int)(skip >> 16);
      // A block that is full ends without a code that says so.
      if (skip && k + coefficients + ends <= 64) {
        DROP(skip & 255)
        if (ends) break;
        k += coefficients;
        continue;
      }
      code = ac->codes[bits >> (64 - ahead)];
      if (code == 0 && (code = long_code(ac, (uint32_t)(bits >> 48))) == 0) return 0;
      DROP((code >> 8) + (code & 15))
      if ((code & 15) == 0 && (code & 255) != 0xf0) break;
      k += (code >> 4 & 15) + 1;
    }
    for (int k = 1; stores && k < 64; k++) {
      if (count < 32) REFILL
      const int32_t whole = ac->whole[bits >> (64 - ahead)];
      if (whole) {
        k += whole >> 8 & 15;
        DROP(whole & 255)
        if (stores) block[zigzag[k]] = (JCOEF)(whole >> 16);
        continue;
      }
      code = ac->codes[bits >> (64 - ahead)];
      if (code == 0 && (code = long_code(ac, (uint32_t)(bits >> 48))) == 0) return 0;
      DROP(code >> 8)
      const int length = code & 15;
      if (length == 0) {
        if ((code & 255) != 0xf0) break;
        k += 15;
        continue;
      }
      k += code >> 4 & 15;
      if (stores) block[zigzag[k]] = (JCOEF)extended((uint32_t)(bits >> (64 - length)), length);
      DROP(length)
    }
  }
  shared->next = next;
  shared->bits = bits;
  shared->count = count;
  return 1;
}

static boolean decode_mcu(j_decompress_ptr decoder, JBLOCKROW *blocks) {
  stream *s = decoder->client_data;
  const JDIMENSION column = s->column++;
  if (s->column == decoder->MCUs_per_row) s->column = 0;
  const int stores = blocks && column >= s->first && column <= s->last;
  if (!(stores ? decode(s, decoder, blocks, 1) : decode(s, decoder, blocks, 0))) WARNMS(decoder, JWRN_HUFF_BAD_CODE);
  // Bits that are still there were read, but not used.
  if (s->next - (s->count >> 3) > s->end) WARNMS(decoder, JWRN_HIT_MARKER);
  return TRUE;
}

// The scan's bytes up to the next marker, without the zeros that follow 255.
static const uint8_t *unstuff(uint8_t *out, const uint8_t *in, size_t count) {
  const uint8_t *end = in + count;
  while (in < end) {
    const uint8_t *stop = memchr(in, 255, (size_t)(end - in));
    const uint8_t *last = stop ? stop : end;
    memcpy(out, in, (size_t)(last - in));
    out += last - in;
    if (stop == NULL || stop + 1 >= end || stop[1] != 0) break;
    *out++ = 255;
    in = stop + 2;
  }
  return out;
}

void pose_decode_huffman_faster(j_decompress_ptr decoder, JDIMENSION first, JDIMENSION last) {
  if (decoder->progressive_mode || decoder->arith_code || decoder->restart_interval != 0 ||
      decoder->comps_in_scan != decoder->num_components || decoder->data_precision != 8 ||
      decoder->num_components > most_components)
    return;
  stream *s = decoder->mem->alloc_large((j_common_ptr)decoder, JPOOL_IMAGE, sizeof(stream));
  for (int index = 0; index < decoder->comps_in_scan; index++) {
    const jpeg_component_info *info = decoder->cur_comp_info[index];
    const int dc = info->dc_tbl_no, ac = info->ac_tbl_no;
    if (dc < 0 || dc >= NUM_HUFF_TBLS || ac < 0 || ac >= NUM_HUFF_TBLS || !decoder->dc_huff_tbl_ptrs[dc] ||
        !decoder->ac_huff_tbl_ptrs[ac])
      return;
    int is_new = 1;
    for (int other = 0; other < index; other++)
      if (decoder->cur_comp_info[other]->dc_tbl_no == dc && decoder->cur_comp_info[other]->ac_tbl_no == ac) is_new = 0;
    if (is_new && (!build(&s->dc[dc], decoder->dc_huff_tbl_ptrs[dc], 0) ||
                   !build(&s->ac[ac], decoder->ac_huff_tbl_ptrs[ac], 1)))
      return;
    if (is_new) build_skips(&s->ac[ac]);
  }
  const JDIMENSION width = (JDIMENSION)(decoder->max_h_samp_factor * DCTSIZE);
  s->column = 0;
  s->first = decoder->comps_in_scan > 1 ? first / width : 0;
  s->last = decoder->comps_in_scan > 1 ? last / width : decoder->MCUs_per_row;
  const size_t count = decoder->src->bytes_in_buffer;
  // An MCU of ten blocks takes at most 4 kB: so far beyond the end zeros may be read before it is noticed.
  const size_t reserve = 8192;
  uint8_t *bytes = decoder->mem->alloc_large((j_common_ptr)decoder, JPOOL_IMAGE, count + reserve);
  s->next = bytes;
  s->end = unstuff(bytes, decoder->src->next_input_byte, count);
  memset((uint8_t *)s->end, 0, reserve);
  s->bits = 0;
  s->count = 0;
  memset(s->predicted, 0, sizeof s->predicted);
  decoder->client_data = s;
  decoder->entropy->decode_mcu = decode_mcu;
}

#else

void pose_decode_huffman_faster(j_decompress_ptr decoder, JDIMENSION first, JDIMENSION last) {
  (void)decoder, (void)first, (void)last;
}

#endif
