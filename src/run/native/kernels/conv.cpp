#include "run/native/kernels/conv.h"

#include <fmt/format.h>

#include "base/error.h"
#include "run/native/kernels/conv_methods.h"

namespace pullback::kernels {
namespace {

/// Positions that a window of `size` taps takes in an input of `in` pixels.
int extent(int in, int lhs_dilation, int low, int high, int size, int dilation, int stride) {
  const int padded = (in - 1) * lhs_dilation + 1 + low + high - ((size - 1) * dilation + 1);
  return padded < 0 ? 0 : padded / stride + 1;
}

void check(const Conv2d& c) {
  const bool positive = c.in_h > 0 && c.in_w > 0 && c.in_c > 0 && c.kernel_h > 0 &&
                        c.kernel_w > 0 && c.out_c > 0 && c.stride_h > 0 && c.stride_w > 0 &&
                        c.dilation_h > 0 && c.dilation_w > 0 && c.lhs_dilation_h > 0 &&
                        c.lhs_dilation_w > 0 && c.groups > 0;
  if (!positive)
    throw Error("convolution: every size, stride, dilation and group count must be > 0");
  if (c.in_c % c.groups || c.out_c % c.groups) {
    throw Error(fmt::format("convolution: {} groups do not divide {} input and {} output channels",
                            c.groups, c.in_c, c.out_c));
  }
}

bool take_winograd(const Conv2d& conv, ConvMethod method, Isa isa) {
  const bool applicable = winograd_applicable(conv, isa);
  if (method == ConvMethod::winograd && !applicable) {
    throw Error(
        fmt::format("Winograd F(2x2,3x3) does not apply to a {}x{} kernel, {} to {} channels, "
                    "stride {}x{} with vectors of {}",
                    conv.kernel_h, conv.kernel_w, conv.in_c, conv.out_c, conv.stride_h,
                    conv.stride_w, vector_width(isa)));
  }
  return applicable && method != ConvMethod::direct;
}

bool take_depthwise(const Conv2d& conv, ConvMethod method) {
  const bool applicable = depthwise_applicable(conv);
  if (method == ConvMethod::depthwise && !applicable) {
    throw Error(
        fmt::format("the depthwise convolution does not apply to {} groups of {} input and "
                    "{} output channels with a {}x{} kernel",
                    conv.groups, conv.in_c, conv.out_c, conv.kernel_h, conv.kernel_w));
  }
  return applicable && method != ConvMethod::direct;
}

}  // namespace

int Conv2d::out_h() const {
  return extent(in_h, lhs_dilation_h, pad_top, pad_bottom, kernel_h, dilation_h, stride_h);
}

int Conv2d::out_w() const {
  return extent(in_w, lhs_dilation_w, pad_left, pad_right, kernel_w, dilation_w, stride_w);
}

size_t Conv2d::in_size() const { return size_t(in_h) * in_w * in_c; }
size_t Conv2d::out_size() const { return size_t(out_h()) * out_w() * out_c; }

size_t Conv2d::weight_size() const { return size_t(kernel_h) * kernel_w * (in_c / groups) * out_c; }

double Conv2d::flops() const {
  return 2.0 * static_cast<double>(out_size()) * kernel_h * kernel_w * (in_c / groups) /
         (lhs_dilation_h * lhs_dilation_w);
}

std::unique_ptr<ConvForward> make_conv_forward(const Conv2d& conv, ConvWeights weights,
                                               ConvMethod method, Isa isa) {
  check(conv);
  if (weights.transposed && conv.groups != 1) {
    throw Error("convolution: transposed weights need one group");
  }
  if (take_depthwise(conv, method)) return make_depthwise_forward(conv, weights, isa);
  return take_winograd(conv, method, isa) ? make_winograd_forward(conv, weights, isa)
                                          : make_direct_forward(conv, weights, isa);
}

std::unique_ptr<ConvBackwardWeights> make_conv_backward_weights(const Conv2d& conv,
                                                                ConvMethod method, Isa isa) {
  check(conv);
  if (conv.lhs_dilation_h != 1 || conv.lhs_dilation_w != 1) {
    throw Error("convolution: backward weights need an input without lhs_dilation");
  }
  if (take_depthwise(conv, method)) return make_depthwise_backward_weights(conv, isa);
  return take_winograd(conv, method, isa) ? make_winograd_backward_weights(conv, isa)
                                          : make_direct_backward_weights(conv, isa);
}

Conv2d backward_data(const Conv2d& c) {
  Conv2d b = c;
  b.in_h = c.out_h();
  b.in_w = c.out_w();
  b.in_c = c.out_c;
  b.out_c = c.in_c;
  b.lhs_dilation_h = c.stride_h;
  b.lhs_dilation_w = c.stride_w;
  b.stride_h = b.stride_w = 1;
  b.pad_top = (c.kernel_h - 1) * c.dilation_h - c.pad_top;
  b.pad_left = (c.kernel_w - 1) * c.dilation_w - c.pad_left;
  // The output must have in_h × in_w pixels.
  b.pad_bottom =
      c.in_h - 1 + (c.kernel_h - 1) * c.dilation_h - (b.in_h - 1) * c.stride_h - b.pad_top;
  b.pad_right =
      c.in_w - 1 + (c.kernel_w - 1) * c.dilation_w - (b.in_w - 1) * c.stride_w - b.pad_left;
  return b;
}

}  // namespace pullback::kernels
