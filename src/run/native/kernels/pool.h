#pragma once

#include <cstddef>
#include <cstdint>

#include "run/native/kernels/isa.h"

namespace pullback::kernels {

/// A pooling of NHWC images [in_h, in_w, channels] over windows; out-of-image positions do not take
/// part. Padding may be negative.
struct Pool2d {
  int in_h = 1, in_w = 1, channels = 1;
  int window_h = 1, window_w = 1;
  int stride_h = 1, stride_w = 1;
  int pad_top = 0, pad_bottom = 0, pad_left = 0, pad_right = 0;
  int dilation_h = 1, dilation_w = 1;  // of the window

  int out_h() const;
  int out_w() const;
  size_t in_size() const;  // floats of an image
  size_t out_size() const;
  bool operator==(const Pool2d&) const = default;
};

/// max_pool's index has room for it: window_h · window_w ≤ 255.
bool max_pool_applicable(const Pool2d& pool);

/// y = maximum over each window, and the argmax: index = a · window_w + b of the first maximum in
/// row-major order (StableHLO's select_and_scatter with GE), 255 where the window holds no pixel
/// (then y = −∞). A NaN in the window gives NaN. `index` may be null. One image.
void max_pool(const Pool2d& pool, const float* x, float* y, uint8_t* index, Isa isa = active_isa());

/// dx[window position index] += dy, dx overwritten: the adjoint of max_pool. One image.
void max_unpool(const Pool2d& pool, const float* dy, const uint8_t* index, float* dx,
                Isa isa = active_isa());

/// y = scale · sum over each window. One image.
void sum_pool(const Pool2d& pool, const float* x, float* y, float scale, Isa isa = active_isa());

/// The adjoint of sum_pool; dx overwritten. One image.
void sum_unpool(const Pool2d& pool, const float* dy, float* dx, float scale,
                Isa isa = active_isa());

}  // namespace pullback::kernels
