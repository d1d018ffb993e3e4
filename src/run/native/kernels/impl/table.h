#pragma once

#include <cstddef>
#include <cstdint>

namespace pullback::kernels {

/// F(2×2, 3×3): a batch of tiles is transformed, multiplied and transformed back at a time.
struct WinogradPlan {
  int in_h, in_w, in_c, out_h, out_w, out_c;
  int pad_top, pad_left;
  int tiles_h, tiles_w;     // of an image
  int batch;                // tiles
  size_t u_plane, m_plane;  // floats between the 16 points
};

struct WinogradTable {
  void (*prepare)(int in_c, int out_c, bool reversed, bool transposed, const float* w,
                  float* packed, int begin, int end);
  void (*forward)(const WinogradPlan&, const float* x, const float* packed, float* y,
                  const float* bias, bool relu, float* scratch, int images);
  void (*accumulate)(const WinogradPlan&, const float* x, const float* dy, float* accumulator,
                     float* scratch, int images);
  void (*finish)(int in_c, int out_c, const float* const* accumulators, int count, float* dw,
                 int begin, int end);
};

/// The part of the image that a direct convolution's taps can touch, as a padded copy: pixel (i, j)
/// of the copy is pixel (top + i, left + j) of the image, or zero outside of it.
struct PaddedImage {
  int in_h, in_w, channels;
  int top, left, h, w;
  bool copy;  // false: everything lies inside, the image itself is read
};

/// `length` consecutive rows of a panel of weights, met with as many consecutive floats of the
/// input.
struct Segment {
  int64_t offset;  // from a pixel's place in the padded image, in floats
  int length;
};

/// Output pixels that meet the same taps: all of them without lhs_dilation. Pixel (i, j) of the
/// phase reads from in_first + i · in_row + j · in_column and writes to out_first + ….
struct DirectPhase {
  int rows, columns;
  int64_t in_first, in_row, in_column;
  int64_t out_first, out_row, out_column;
  int k;                    // taps · input channels of a group
  size_t packed;            // where the phase's weights start
  const Segment* segments;  // in the order of the packed rows
  const int* chunks;        // segments [chunks[i], chunks[i + 1]) are summed at a time
  int chunk_count;
};

struct DirectPlan {
  PaddedImage padded;
  int group_in, group_out, groups;  // channels of a group
  int block_rows;                   // of a phase, whose input fits the second-level cache
  size_t in_size, out_size;
  const DirectPhase* phases;
  int phase_count;
};

/// Backward weights: row k of dW [k][columns] sums x[pixel + offsets[k]] · dy[pixel].
struct DirectGradientPlan {
  PaddedImage padded;
  int group_in, group_out, groups, columns;  // columns: group_out rounded up to whole vectors
  int k;                                     // taps · group_in
  const int64_t* offsets;                    // [k], of the first group
  bool contiguous;                           // offsets[k] in runs of run_length consecutive floats
  int run_length;
  int out_h, out_w, block_rows;
  int64_t in_row, in_column;  // from one output pixel's place in the padded image to the next
  int64_t in_first;
  size_t in_size;
};

struct DirectTable {
  void (*forward)(const DirectPlan&, const float* x, const float* packed, float* y,
                  const float* bias, bool relu, float* scratch, int images);
  void (*accumulate)(const DirectGradientPlan&, const float* x, const float* dy, float* accumulator,
                     float* scratch, int images);
};

/// A tap of a depthwise convolution: where its pixel and its weights are, in floats.
struct DepthwiseTap {
  int64_t x, w;
};

/// `count` output pixels, y_step floats apart, that meet the same taps; from one to the next the
/// input moves by x_step.
struct DepthwiseRun {
  const DepthwiseTap* taps;
  int tap_count, count, channels;
  int64_t x_step, y_step;
};

struct DepthwiseTable {
  void (*forward)(const DepthwiseRun&, const float* x, const float* w, float* y, const float* bias,
                  bool relu);
  void (*accumulate)(const DepthwiseRun&, const float* x, const float* dy, float* accumulator);
};

/// Rows [m0, m1) × columns [n0, n1) of C = epilogue(alpha · op(A) · op(B) + beta · C); see Gemm and
/// GemmEpilogue. All strides are set. Sums run over blocks of about block_k, one after the other.
struct GemmCall {
  const float *a, *b;
  float* c;
  int64_t lda, ldb, ldc;
  bool trans_a, trans_b;
  float alpha, beta;
  int64_t m0, m1, n0, n1, k;
  const float* bias;
  bool relu;
  const float* mask;
  int64_t mask_stride;
  int64_t block_m, block_n, block_k;
  float *packed_a, *packed_b;  // see gemm.cpp for their sizes
};

struct GemmTable {
  void (*multiply)(const GemmCall&);
};

struct PeakTable {
  double (*multiply_adds)(int64_t count, float factor, float offset, float* sink);
};

struct ReduceTable {
  void (*rows)(bool max, const float* x, int64_t rows, int64_t columns, float* y);
  void (*columns)(bool max, const float* x, int64_t rows, int64_t columns, float* y);
};

/// A pooling of one NHWC image; see Pool2d.
struct PoolPlan {
  int in_h, in_w, channels, out_h, out_w;
  int window_h, window_w, stride_h, stride_w, pad_top, pad_left, dilation_h, dilation_w;
};

struct PoolTable {
  void (*max_pool)(const PoolPlan&, const float* x, float* y, uint8_t* index);
  void (*max_unpool)(const PoolPlan&, const float* dy, const uint8_t* index, float* dx);
  void (*sum_pool)(const PoolPlan&, const float* x, float* y, float scale);
  void (*sum_unpool)(const PoolPlan&, const float* dy, float* dx, float scale);
};

struct StripArgument;
struct StripInstruction;

/// A run of a strip program over elements begin … end − 1, `length` at a time.
struct StripCall {
  const StripArgument* arguments;
  int argument_count;
  const StripInstruction* code;
  int code_count;
  int registers;
  void* const* data;
  int64_t begin, end;
  int length;      // a multiple of the vector's lanes
  float* scratch;  // (registers + arguments) · length floats
};

struct StripTable {
  void (*run)(const StripCall&);
};

/// The tables of each instruction set that this build has.
#define PULLBACK_DECLARE_TABLES(isa)           \
  namespace isa {                              \
  extern const WinogradTable winograd_table;   \
  extern const DirectTable direct_table;       \
  extern const DepthwiseTable depthwise_table; \
  extern const GemmTable gemm_table;           \
  extern const PeakTable peak_table;           \
  extern const ReduceTable reduce_table;       \
  extern const PoolTable pool_table;           \
  extern const StripTable strip_table;         \
  }
PULLBACK_DECLARE_TABLES(generic)
PULLBACK_DECLARE_TABLES(avx2)
PULLBACK_DECLARE_TABLES(avx512)
#undef PULLBACK_DECLARE_TABLES

#ifdef PULLBACK_X86_KERNELS
#define PULLBACK_SELECT_TABLE(isa, table) \
  ((isa) == Isa::avx512 ? avx512::table : (isa) == Isa::avx2 ? avx2::table : generic::table)
#else
#define PULLBACK_SELECT_TABLE(isa, table) ((isa), generic::table)
#endif

}  // namespace pullback::kernels
