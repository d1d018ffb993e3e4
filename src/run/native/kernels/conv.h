#pragma once

#include <cstddef>
#include <memory>

#include "run/native/kernels/isa.h"

namespace pullback::kernels {

/// A 2-D convolution of images in NHWC with a kernel in HWIO, StableHLO's semantics:
///   y[i,j,o] = Σ_{a,b,c} x̂[i·stride_h + a·dilation_h − pad_top, j·stride_w + b·dilation_w −
///              pad_left, c] · w[a,b,c,o],
/// where x̂ is x [in_h, in_w, in_c] with lhs_dilation − 1 zeros between neighbouring pixels, and
/// zero outside. Padding may be negative. With groups > 1, w is
/// [kernel_h, kernel_w, in_c/groups, out_c] and output channel o sees the input channels of group
/// o / (out_c/groups). A 1-D convolution has in_h = kernel_h = 1.
struct Conv2d {
  int in_h = 1, in_w = 1, in_c = 1;
  int kernel_h = 1, kernel_w = 1, out_c = 1;
  int stride_h = 1, stride_w = 1;
  int pad_top = 0, pad_bottom = 0, pad_left = 0, pad_right = 0;
  int dilation_h = 1, dilation_w = 1;          // of the kernel (rhs_dilation)
  int lhs_dilation_h = 1, lhs_dilation_w = 1;  // of the input (lhs_dilation)
  int groups = 1;

  int out_h() const;
  int out_w() const;
  /// Floats of an image's input and output, and of the weights.
  size_t in_size() const;
  size_t out_size() const;
  size_t weight_size() const;
  /// 2 · multiply-adds of one image of the direct convolution; padding counts, the zeros of
  /// lhs_dilation do not.
  double flops() const;
  bool operator==(const Conv2d&) const = default;
};

/// y ← max(0, y + bias[o]); both parts optional. A NaN stays a NaN.
struct ConvEpilogue {
  const float* bias = nullptr;  // [out_c]
  bool relu = false;
};

/// How the weight array that the caller has relates to w above.
struct ConvWeights {
  bool reversed = false;    // flipped along both kernel dimensions
  bool transposed = false;  // [kernel_h, kernel_w, out_c, in_c] (groups must be 1)
};

enum class ConvMethod { automatic, winograd, depthwise, direct };

/// Forward convolution, and backward data, which is the forward convolution of the cotangent with
/// reversed and transposed weights. An object is immutable after its construction and may be used
/// by many threads at once; no call allocates. All sizes are in floats. No alignment is required;
/// 64 bytes for packed weights and scratch is fastest. Contents of `scratch` mean nothing between
/// calls.
class ConvForward {
 public:
  virtual ~ConvForward() = default;
  virtual ConvMethod method() const = 0;
  virtual size_t packed_size() const = 0;
  virtual size_t scratch_size() const = 0;
  /// Packs (transforms) the weights, once per change of w. The work can be split: call it for each
  /// part of 0 … parts − 1 in any order, on any thread.
  virtual void prepare(const float* w, float* packed, int part = 0, int parts = 1) const = 0;
  /// y = epilogue(conv(x, w)) for `images` consecutive images. x and y must not overlap.
  virtual void run(const float* x, const float* packed, float* y, const ConvEpilogue& epilogue,
                   float* scratch, int images = 1) const = 0;
};

/// Backward weights: dw[a,b,c,o] = Σ_{n,i,j} x̂[n, …] · dy[n,i,j,o] in Conv2d's notation. Each
/// thread adds its images to its own accumulator, `finish` sums the accumulators into dw.
class ConvBackwardWeights {
 public:
  virtual ~ConvBackwardWeights() = default;
  virtual ConvMethod method() const = 0;
  virtual size_t accumulator_size() const = 0;
  virtual size_t scratch_size() const = 0;
  /// How many images a call of `accumulate` should have at least: where an image is small beside
  /// the accumulator, each call reads and writes far more of the latter.
  virtual int images_at_once() const { return 1; }
  /// accumulator += the images' contribution. The caller sets the accumulator to zero first (plain
  /// memset).
  virtual void accumulate(const float* x, const float* dy, float* accumulator, float* scratch,
                          int images = 1) const = 0;
  /// dw = Σ accumulators, in HWIO, overwritten. The accumulators' sum is taken in their order, so
  /// it does not depend on timing. Splits into parts as ConvForward::prepare does.
  virtual void finish(const float* const* accumulators, int count, float* dw, int part = 0,
                      int parts = 1) const = 0;
};

/// Whether Winograd F(2×2, 3×3) can do it: 3×3, stride 1, no dilations, one group, paddings 0 … 2,
/// in_c and out_c multiples of the vector width.
bool winograd_applicable(const Conv2d& conv, Isa isa = active_isa());

/// Whether every channel has one kernel of its own, of at most 169 taps, and there is an output.
bool depthwise_applicable(const Conv2d& conv);

/// `automatic` takes Winograd or the depthwise kernel where they are applicable, else the direct
/// kernel, which does every Conv2d. Throws Error if `method` is not applicable, or if a size is not
/// positive.
std::unique_ptr<ConvForward> make_conv_forward(const Conv2d& conv, ConvWeights weights = {},
                                               ConvMethod method = ConvMethod::automatic,
                                               Isa isa = active_isa());

/// `lhs_dilation` must be 1 here.
std::unique_ptr<ConvBackwardWeights> make_conv_backward_weights(
    const Conv2d& conv, ConvMethod method = ConvMethod::automatic, Isa isa = active_isa());

/// The Conv2d whose ConvForward, with weights {reversed, transposed}, maps dy to dx of `conv`
/// (lhs_dilation of `conv` must be 1).
Conv2d backward_data(const Conv2d& conv);

}  // namespace pullback::kernels
