// The hot loops of the engine, in float32, chosen at run time for the CPU.
//
// A plane is height x width contiguous floats; a picture is planes one after another, or `count` planes in any order of
// which plane c starts planes[c] floats after a base. Kernels allocate nothing, keep no state and read and write only
// what their sizes say, so callers can split their ranges over threads. Sizes of zero are allowed everywhere. Pointers
// need only the alignment of a float.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  POSE_RELU,
  POSE_RELU6,
  POSE_SIGMOID,
  POSE_HARD_SIGMOID,
  POSE_HARD_SWISH,
  POSE_SILU,
  POSE_GELU,
  POSE_TANH,
  POSE_EXP,
  POSE_LOG,
  POSE_SQRT,
  POSE_ABS,
  POSE_NEGATE,
  POSE_ERF,
  POSE_SOFTPLUS,
  POSE_SIN,
  POSE_COS,
  POSE_LEAKY_RELU,
  POSE_IDENTITY,
} pose_unary;

typedef enum {
  POSE_ADD,
  POSE_SUBTRACT,
  POSE_MULTIPLY,
  POSE_DIVIDE,
  POSE_MAXIMUM,
  POSE_MINIMUM,
  POSE_POWER,
} pose_binary;

typedef enum { POSE_SUM, POSE_MEAN, POSE_MAX, POSE_MIN } pose_reduction;

typedef enum { POSE_NEAREST, POSE_BILINEAR, POSE_BILINEAR_ALIGN_CORNERS } pose_resize_mode;

// A sliding window over planes; pixels outside the plane count as zeros (maxima ignore them).
typedef struct {
  long in_height, in_width, out_height, out_width;
  long kernel_height, kernel_width, stride_height, stride_width;
  long pad_height, pad_width, dilation_height, dilation_width;
} pose_window;

// A loop over up to POSE_AXES axes with a stride in floats for each operand; the last axis is the innermost.
enum { POSE_AXES = 8 };
typedef struct {
  long rank;
  long extent[POSE_AXES];
  long stride[2][POSE_AXES];
} pose_loop;

// One of several convolutions of the same planes; plane c of the result starts out_planes[c] floats after `out`.
enum { POSE_FILTERS = 3 };
typedef struct {
  const float *w, *bias;
  float *out;
  const int32_t *out_planes;
  pose_unary f;
} pose_filter;

// Planes of height x width that are added to others.
enum { POSE_TERMS = 3 };
typedef struct {
  const float *x;
  const int32_t *planes;
  long height, width;
} pose_term;

// Planes that a sum is written to, f of each number.
enum { POSE_RESULTS = 2 };
typedef struct {
  float *out;
  const int32_t *planes;
  pose_unary f;
} pose_result;

// Rows that `dense` takes at a time.
enum { POSE_DENSE_PANEL = 16 };

// The kernels of one instruction set.
typedef struct __attribute__((swift_attr("@Sendable"))) {
  const char *name;
  // Rows of a packed panel.
  long panel;

  // out[m][n] = f(sum over k of w[m][k] * x[k][n] + bias[m] + residual[m][n]) for m in [m0, m1), n in [n0, n1). m0 is a
  // multiple of `panel`, w is packed by pose_pack; row k of x starts x_rows[k] floats after x, and so on; bias and
  // residual may be NULL.
  void (*gemm)(const float *w, const float *bias, const float *x, const int32_t *x_rows, const float *residual,
               const int32_t *residual_rows, float *out, const int32_t *out_rows, long k, long m0, long m1, long n0,
               long n1, pose_unary f);
  // out[m] = f(sum over k of w[m][k] * x[k] + bias[m]) for m in [0, m): one column, packed for `dense`.
  void (*dense)(const float *w, const float *bias, const float *x, float *out, long k, long m, pose_unary f);

  // Copies what output rows [y0, y0 + rows) read of `count` planes, pose_band_count floats apart.
  void (*band)(const float *x, const int32_t *x_planes, long count, const pose_window *window, long y0, long rows,
               float *out);

  // A convolution with 3 x 3 kernels at stride 1 and padding 1 in tiles of 4 x 4 or 2 x 2 outputs, which is products with
  // the weights of pose_winograd_weights at each of (tile + 2)^2 positions. A row of tiles covers `tile` rows of pixels;
  // rows [y0, y0 + rows) of them are taken, and the tiles of a row are neighbours.

  // What each tile is at each position: plane c's tiles start at out + position * step + c * pitch. Up to 16 floats
  // after a plane's last tile are written too.
  void (*winograd_input)(const float *x, const int32_t *x_planes, long count, long height, long width, long y0,
                         long rows, float *out, long pitch, long step, long tile);
  // Pixels f(result + bias + residual) from products that lie as winograd_input writes; up to 16 floats after a plane's
  // last tile are read. bias and residual may be NULL; the result may be the residual.
  void (*winograd_output)(const float *products, long pitch, long step, const float *bias, const float *residual,
                          const int32_t *residual_planes, float *out, const int32_t *out_planes, long count,
                          long height, long width, long y0, long rows, pose_unary f, long tile);

  // Planes: `count` of them; plane c of x starts x_planes[c] floats after x.

  // Convolution of each plane with its own kernel. `scratch` holds pose_depthwise_scratch floats.
  void (*depthwise)(const float *w, const float *bias, const float *x, const int32_t *x_planes, float *out,
                    const int32_t *out_planes, long count, const pose_window *window, float *scratch, pose_unary f);
  // 1 to POSE_FILTERS of them at once, of the same window.
  void (*depthwise_multi)(const pose_filter *filters, long filter_count, const float *x, const int32_t *x_planes,
                          long count, const pose_window *window, float *scratch);
  // Convolution of each plane, times its gates, with its own 3 x 3 kernel at stride 1 and padding 1. Gates are planes of
  // gate_height x gate_width, enlarged to height x width by whole factors, or NULL. `means`, which may be NULL too, gets
  // the mean of each plane of the result. f is POSE_IDENTITY or POSE_RELU; out must not overlap x.
  void (*depthwise3x3_scaled)(const float *w, const float *bias, const float *x, const int32_t *x_planes,
                              const float *gates, const int32_t *gate_planes, long gate_height, long gate_width,
                              float *out, const int32_t *out_planes, float *means, const int32_t *mean_planes,
                              long count, long height, long width, pose_unary f);
  // out = f(a op b), where b's planes of b_height x b_width are enlarged to height x width by whole factors, each pixel
  // repeated (1 x 1: a number a plane). In place (out is a, with the same planes) allowed.
  void (*binary_broadcast)(const float *a, const int32_t *a_planes, const float *b, const int32_t *b_planes,
                           float *out, const int32_t *out_planes, long count, long height, long width, long b_height,
                           long b_width, pose_binary op, pose_unary f);
  // scale * x + terms[0] + ..., 1 to POSE_TERMS terms, each enlarged to height x width as b is above, added in any
  // order, to 1 to POSE_RESULTS results. Plane c is scaled by scale[scale_planes[c]], all by *scale where that is NULL,
  // none where both are. The first result may be x, with the same planes; else they lie elsewhere than what is
  // read.
  void (*sum)(const float *x, const int32_t *x_planes, const float *scale, const int32_t *scale_planes,
              const pose_term *terms, long term_count, const pose_result *results, long result_count, long count,
              long height, long width);

  // out[i] = f(x[i]); in place allowed.
  void (*unary)(const float *x, float *out, long n, pose_unary f);
  // out[i] = f(a[i] op b[i]), reading a[0] or b[0] throughout where its step is 0; in place allowed.
  void (*binary)(const float *a, long a_step, const float *b, long b_step, float *out, long n, pose_binary op,
                 pose_unary f);
  // out[i] = f(x[i] * scale + shift); in place allowed.
  void (*affine)(const float *x, float scale, float shift, float *out, long n, pose_unary f);
  // The reduction of n contiguous floats.
  float (*reduce)(const float *x, long n, pose_reduction reduction);
  // Softmax of n contiguous floats; in place allowed.
  void (*softmax)(const float *x, float *out, long n);
  // (x - mean) / sqrt(variance + epsilon) * weight + bias of n contiguous floats; in place allowed.
  void (*layer_norm)(const float *x, const float *weight, const float *bias, float epsilon, float *out, long n);
  // Maxima of windows; a window that sees nothing but padding has none and gives minus infinity.
  void (*max_pool)(const float *x, const int32_t *x_planes, float *out, const int32_t *out_planes, long count,
                   const pose_window *window);
  // An average divides by the window's size, with what of it lies in the padding or without; dilation must be 1.
  void (*average_pool)(const float *x, const int32_t *x_planes, float *out, const int32_t *out_planes, long count,
                       const pose_window *window, bool counts_padding);
  // Bin i of n covers [floor(i * in / n), ceil((i + 1) * in / n)); 1 x 1 is the mean of the plane.
  void (*adaptive_average_pool)(const float *x, const int32_t *x_planes, long in_height, long in_width, float *out,
                                const int32_t *out_planes, long out_height, long out_width, long count);
  // `scratch` has room for pose_resize_scratch floats.
  void (*resize)(const float *x, const int32_t *x_planes, long in_height, long in_width, float *out,
                 const int32_t *out_planes, long out_height, long out_width, pose_resize_mode mode, long count,
                 float *scratch);
} pose_kernels;

// The portable kernels: the definition that all others are checked against.
const pose_kernels *pose_kernels_portable(void);
// NULL where this CPU cannot run them.
const pose_kernels *pose_kernels_avx2(void);
const pose_kernels *pose_kernels_avx512(void);
const pose_kernels *pose_kernels_neon(void);

// Matrix products in fewer bits.
typedef struct __attribute__((swift_attr("@Sendable"))) {
  // Rows of a packed panel; how many of x's rows share a 32-bit word; columns whose words `scratch` holds, for all rows.
  long panel, rows_per_word, columns;
  // As `gemm` above. w is packed in 32-bit words, k-major in panels, missing rows zeros.
  void (*gemm)(const float *w, const float *bias, const float *x, const int32_t *x_rows, const float *residual,
               const int32_t *residual_rows, float *out, const int32_t *out_rows, long k, long m0, long m1, long n0,
               long n1, pose_unary f, float *scratch);
} pose_reduced_gemm;

// NULL where this CPU cannot run it.
const pose_reduced_gemm *pose_gemm_bfloat16(void);

// Floats that m x k weights take once packed in panels of that many rows.
long pose_packed_count(long m, long k, long panel);
// Packs m x k weights, rows ldw floats apart, panel by panel, each k-major; missing rows of the last panel are zeros.
void pose_pack(const float *w, long m, long k, long ldw, long panel, float *packed);

// Rows of output pixels as matrices: what their windows read, padded, in one band, of which matrices are cut.

// Output rows [y0, y0 + rows) read this many floats of each channel of a band.
long pose_band_count(const pose_window *window, long rows);
// Where tap (ky, kx) of the band's first pixel lies in its channel; the pixels of a row follow each other, and rows lie
// pose_band_pitch floats apart.
long pose_band_tap(const pose_window *window, long rows, long ky, long kx);
long pose_band_pitch(const pose_window *window);
// Rows of each phase of a channel.
long pose_band_lines(const pose_window *window, long rows);

// Puts what a band's taps read side by side: row k of `columns` is `rows` runs of `width` floats, `pitch` apart from
// band + taps[k] on; rows of `columns` lie `stride` floats apart.
void pose_band_columns(const float *band, const int32_t *taps, long depth, long rows, long pitch, long width,
                       float *columns, long stride);

// `count` 3 x 3 kernels' weights at a position of a tile.
void pose_winograd_weights(const float *w, long count, long tile, long position, float *out);

// Floats of scratch that depthwise and resize need with any instruction set.
long pose_depthwise_scratch(const pose_window *window);
long pose_resize_scratch(long in_height, long in_width, long out_height, long out_width);

// Adds the columns of a transposed convolution up: channels * kernel_height * kernel_width rows of in_height * in_width
// floats, to channels planes of out_height * out_width that start as bias. `window` describes the convolution whose
// transpose this is: its input is our output.
void pose_col2im(const float *columns, long channels, const pose_window *window, const float *bias, float *out);

// Planes [c0, c1) at out_height * out_width positions (x, y) in -1...1, zero outside.
void pose_grid_sample(const float *x, long in_height, long in_width, const float *positions, float *out,
                      long out_count, bool align_corners, long c0, long c1);
// Planes of `size` floats, one after another.
void pose_copy_planes(const float *x, const int32_t *x_planes, float *out, long size, long count);
// out[strides 1] = x[strides 0] over the whole loop.
void pose_copy(const float *x, float *out, const pose_loop *loop);
void pose_fill(float *out, long n, float value);

// Makes the calling thread treat denormal numbers as zeros, or not; returns what it did before.
bool pose_set_flushes_denormals(bool flushes);

// Sleeps while the word holds the value, until woken; it may also return for no reason.
void pose_wait(void *word, uint32_t value);
// Wakes all that sleep on the word.
void pose_wake(void *word);
// Processors that this process may use.
long pose_processors(void);

// What one core does at most, for the benchmark. Multiply-adds in registers alone: returns how many `rounds` rounds
// are, 0 where this CPU cannot; *result depends on all of them.
long pose_peak_portable(long rounds, float *result);
long pose_peak_avx2(long rounds, float *result);
long pose_peak_avx512(long rounds, float *result);
long pose_peak_neon(long rounds, float *result);
// The sum of n floats, n a multiple of 64: a read of memory and no more.
float pose_peak_read(const float *x, long n);

// Tells the CPU that this is a spinning wait.
static inline void pose_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

#ifdef __cplusplus
}
#endif
