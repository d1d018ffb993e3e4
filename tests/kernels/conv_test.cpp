#include "run/native/kernels/conv.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "tests/kernels/support.h"

namespace pullback::kernels {
namespace {

std::string describe(const Conv2d& c) {
  const auto text = [](int v) { return std::to_string(v) + " "; };
  return "in " + text(c.in_h) + text(c.in_w) + text(c.in_c) + "kernel " + text(c.kernel_h) +
         text(c.kernel_w) + "out_c " + text(c.out_c) + "stride " + text(c.stride_h) +
         text(c.stride_w) + "pad " + text(c.pad_top) + text(c.pad_bottom) + text(c.pad_left) +
         text(c.pad_right) + "dilation " + text(c.dilation_h) + text(c.dilation_w) + "lhs " +
         text(c.lhs_dilation_h) + text(c.lhs_dilation_w) + "groups " + text(c.groups);
}

/// Calls f(x index, w index, y index) for every product of one image's convolution.
template <class F>
void for_products(const Conv2d& c, F f) {
  const int group_in = c.in_c / c.groups, group_out = c.out_c / c.groups;
  for (int i = 0; i < c.out_h(); ++i) {
    for (int j = 0; j < c.out_w(); ++j) {
      for (int a = 0; a < c.kernel_h; ++a) {
        for (int b = 0; b < c.kernel_w; ++b) {
          const int y = i * c.stride_h + a * c.dilation_h - c.pad_top;
          const int x = j * c.stride_w + b * c.dilation_w - c.pad_left;
          if (y < 0 || x < 0 || y % c.lhs_dilation_h || x % c.lhs_dilation_w) continue;
          const int row = y / c.lhs_dilation_h, column = x / c.lhs_dilation_w;
          if (row >= c.in_h || column >= c.in_w) continue;
          for (int o = 0; o < c.out_c; ++o) {
            for (int k = 0; k < group_in; ++k) {
              f((size_t(row) * c.in_w + column) * c.in_c + o / group_out * group_in + k,
                ((size_t(a) * c.kernel_w + b) * group_in + k) * c.out_c + o,
                (size_t(i) * c.out_w() + j) * c.out_c + o);
            }
          }
        }
      }
    }
  }
}

/// The array that the caller would have, where w is its reversed and transposed view.
std::vector<float> stored(const Conv2d& c, const std::vector<float>& w, ConvWeights view) {
  std::vector<float> out(w.size());
  const int in = c.in_c / c.groups;
  for (int a = 0; a < c.kernel_h; ++a) {
    for (int b = 0; b < c.kernel_w; ++b) {
      const int row = view.reversed ? c.kernel_h - 1 - a : a;
      const int column = view.reversed ? c.kernel_w - 1 - b : b;
      for (int i = 0; i < in; ++i) {
        for (int o = 0; o < c.out_c; ++o) {
          const size_t inner = view.transposed ? size_t(o) * in + i : size_t(i) * c.out_c + o;
          out[(size_t(row) * c.kernel_w + column) * in * c.out_c + inner] =
              w[((size_t(a) * c.kernel_w + b) * in + i) * c.out_c + o];
        }
      }
    }
  }
  return out;
}

void check_forward(const Conv2d& c, ConvMethod method, Isa isa, ConvWeights view, bool bias,
                   bool relu) {
  const int images = 2;
  const auto x = random_floats(images * c.in_size(), 1), w = random_floats(c.weight_size(), 2);
  const auto b = random_floats(c.out_c, 3);
  std::vector<double> expected(images * c.out_size());
  for (int n = 0; n < images; ++n) {
    for_products(c, [&](size_t xi, size_t wi, size_t yi) {
      expected[n * c.out_size() + yi] += double(x[n * c.in_size() + xi]) * w[wi];
    });
  }
  for (size_t i = 0; i < expected.size(); ++i) {
    if (bias) expected[i] += b[i % c.out_c];
    if (relu) expected[i] = std::max(0.0, expected[i]);
  }
  const auto conv = make_conv_forward(c, view, method, isa);
  if (method != ConvMethod::automatic) {
    EXPECT_EQ(conv->method(), method);
  }
  std::vector<float> packed(conv->packed_size(), NAN), scratch(conv->scratch_size(), NAN);
  std::vector<float> y(expected.size(), NAN);
  const auto array = stored(c, w, view);
  for (const int part : {2, 0, 1}) conv->prepare(array.data(), packed.data(), part, 3);
  conv->run(x.data(), packed.data(), y.data(), {bias ? b.data() : nullptr, relu}, scratch.data(),
            images);
  const double terms = double(c.kernel_h) * c.kernel_w * c.in_c + 1;
  expect_close(y, expected, terms, describe(c), conv->method() == ConvMethod::winograd ? 32 : 4);
}

void check_backward_weights(const Conv2d& c, ConvMethod method, Isa isa) {
  const int images = 3;
  const auto x = random_floats(images * c.in_size(), 4),
             dy = random_floats(images * c.out_size(), 5);
  std::vector<double> expected(c.weight_size());
  for (int n = 0; n < images; ++n) {
    for_products(c, [&](size_t xi, size_t wi, size_t yi) {
      expected[wi] += double(x[n * c.in_size() + xi]) * dy[n * c.out_size() + yi];
    });
  }
  const auto conv = make_conv_backward_weights(c, method, isa);
  std::vector<float> scratch(conv->scratch_size(), NAN), dw(c.weight_size(), NAN);
  std::vector<std::vector<float>> sums(2, std::vector<float>(conv->accumulator_size(), 0.0f));
  conv->accumulate(x.data(), dy.data(), sums[0].data(), scratch.data(), 2);
  conv->accumulate(x.data() + 2 * c.in_size(), dy.data() + 2 * c.out_size(), sums[1].data(),
                   scratch.data());
  const float* accumulators[] = {sums[0].data(), sums[1].data()};
  for (const int part : {1, 0}) conv->finish(accumulators, 2, dw.data(), part, 2);
  const double terms = double(images) * c.out_h() * c.out_w();
  expect_close(dw, expected, terms, describe(c), conv->method() == ConvMethod::winograd ? 32 : 4);
}

const std::vector<Conv2d>& direct_shapes() {
  static const std::vector<Conv2d> shapes{
      {.in_h = 1, .in_w = 1, .in_c = 1, .kernel_h = 1, .kernel_w = 1, .out_c = 1},
      {.in_h = 28,
       .in_w = 28,
       .in_c = 1,
       .kernel_h = 3,
       .kernel_w = 3,
       .out_c = 32,
       .pad_top = 1,
       .pad_bottom = 1,
       .pad_left = 1,
       .pad_right = 1},
      {.in_h = 9,
       .in_w = 11,
       .in_c = 3,
       .kernel_h = 3,
       .kernel_w = 3,
       .out_c = 37,
       .pad_top = 1,
       .pad_bottom = 1,
       .pad_left = 1,
       .pad_right = 1},
      {.in_h = 13,
       .in_w = 12,
       .in_c = 3,
       .kernel_h = 7,
       .kernel_w = 7,
       .out_c = 16,
       .stride_h = 2,
       .stride_w = 2,
       .pad_top = 2,
       .pad_bottom = 3,
       .pad_left = 3,
       .pad_right = 2},
      {.in_h = 5,
       .in_w = 7,
       .in_c = 4,
       .kernel_h = 2,
       .kernel_w = 3,
       .out_c = 10,
       .stride_h = 4,
       .stride_w = 5},
      {.in_h = 6,
       .in_w = 5,
       .in_c = 17,
       .kernel_h = 3,
       .kernel_w = 2,
       .out_c = 24,
       .pad_top = 4,
       .pad_bottom = 0,
       .pad_left = 0,
       .pad_right = 5,
       .dilation_h = 2,
       .dilation_w = 3},
      {.in_h = 8,
       .in_w = 9,
       .in_c = 8,
       .kernel_h = 3,
       .kernel_w = 3,
       .out_c = 8,
       .pad_top = -1,
       .pad_bottom = -2,
       .pad_left = -2,
       .pad_right = 1},
      {.in_h = 7,
       .in_w = 7,
       .in_c = 12,
       .kernel_h = 3,
       .kernel_w = 3,
       .out_c = 18,
       .stride_h = 2,
       .stride_w = 1,
       .pad_top = 1,
       .pad_bottom = 1,
       .pad_left = 1,
       .pad_right = 1,
       .groups = 3},
      {.in_h = 6,
       .in_w = 6,
       .in_c = 10,
       .kernel_h = 3,
       .kernel_w = 3,
       .out_c = 10,
       .pad_top = 1,
       .pad_bottom = 1,
       .pad_left = 1,
       .pad_right = 1,
       .groups = 10},
      {.in_h = 3,
       .in_w = 4,
       .in_c = 150,
       .kernel_h = 3,
       .kernel_w = 3,
       .out_c = 20,
       .pad_top = 1,
       .pad_bottom = 1,
       .pad_left = 1,
       .pad_right = 1},
      {.in_h = 2, .in_w = 2, .in_c = 1100, .kernel_h = 1, .kernel_w = 1, .out_c = 9},
      {.in_h = 1,
       .in_w = 40,
       .in_c = 5,
       .kernel_h = 1,
       .kernel_w = 9,
       .out_c = 7,
       .stride_w = 3,
       .pad_left = 4,
       .pad_right = 4},
      {.in_h = 40,
       .in_w = 30,
       .in_c = 33,
       .kernel_h = 1,
       .kernel_w = 1,
       .out_c = 8,
       .stride_h = 2,
       .stride_w = 2},
  };
  return shapes;
}

std::vector<Conv2d> winograd_shapes(Isa isa) {
  const int v = vector_width(isa);
  std::vector<Conv2d> shapes;
  for (const int c : {v, 3 * v}) {
    for (const int o : {v, 2 * v, 5 * v}) {
      shapes.push_back({.in_h = 5,
                        .in_w = 8,
                        .in_c = c,
                        .kernel_h = 3,
                        .kernel_w = 3,
                        .out_c = o,
                        .pad_top = 1,
                        .pad_bottom = 1,
                        .pad_left = 1,
                        .pad_right = 1});
    }
  }
  for (const int size : {1, 2, 3, 7, 28}) {
    for (int pad = 0; pad < 9; ++pad) {
      Conv2d c{.in_h = size,
               .in_w = size + 1,
               .in_c = v,
               .kernel_h = 3,
               .kernel_w = 3,
               .out_c = 2 * v,
               .pad_top = pad % 3,
               .pad_bottom = pad / 3,
               .pad_left = (pad + 1) % 3,
               .pad_right = (pad + 2) % 3};
      if (c.out_h() > 0 && c.out_w() > 0) shapes.push_back(c);
    }
  }
  return shapes;
}

class ConvTest : public EveryIsa {};
PULLBACK_FOR_EVERY_ISA(ConvTest);

TEST_P(ConvTest, direct_forward) {
  int n = 0;
  for (const Conv2d& c : direct_shapes()) {
    check_forward(c, ConvMethod::direct, GetParam(), {}, n % 2 == 0, n % 3 == 0);
    check_forward(c, ConvMethod::direct, GetParam(), {.reversed = true}, false, true);
    ++n;
  }
}

TEST_P(ConvTest, direct_lhs_dilation) {
  for (const int dilation : {2, 3}) {
    for (const int stride : {1, 2, 3}) {
      check_forward({.in_h = 5,
                     .in_w = 4,
                     .in_c = 3,
                     .kernel_h = 3,
                     .kernel_w = 2,
                     .out_c = 9,
                     .stride_h = stride,
                     .stride_w = 1,
                     .pad_top = 1,
                     .pad_bottom = 2,
                     .pad_left = 0,
                     .pad_right = -1,
                     .dilation_h = 2,
                     .dilation_w = 1,
                     .lhs_dilation_h = dilation,
                     .lhs_dilation_w = 5 - dilation},
                    ConvMethod::direct, GetParam(), {}, true, false);
    }
  }
}

TEST_P(ConvTest, backward_data_is_the_adjoint) {
  for (const Conv2d& c : direct_shapes()) {
    if (c.groups != 1) continue;
    const Conv2d b = backward_data(c);
    ASSERT_EQ(b.out_h(), c.in_h) << describe(c);
    ASSERT_EQ(b.out_w(), c.in_w) << describe(c);
    const auto dy = random_floats(c.out_size(), 6), w = random_floats(c.weight_size(), 7);
    std::vector<double> expected(c.in_size());
    for_products(c,
                 [&](size_t xi, size_t wi, size_t yi) { expected[xi] += double(dy[yi]) * w[wi]; });
    const auto conv = make_conv_forward(b, {.reversed = true, .transposed = true},
                                        ConvMethod::automatic, GetParam());
    std::vector<float> packed(conv->packed_size()), scratch(conv->scratch_size());
    std::vector<float> dx(c.in_size(), NAN);
    conv->prepare(w.data(), packed.data());
    conv->run(dy.data(), packed.data(), dx.data(), {}, scratch.data());
    expect_close(dx, expected, double(c.kernel_h) * c.kernel_w * c.out_c, describe(c), 32);
  }
}

TEST_P(ConvTest, direct_backward_weights) {
  for (const Conv2d& c : direct_shapes()) {
    check_backward_weights(c, ConvMethod::direct, GetParam());
  }
}

TEST_P(ConvTest, winograd_forward) {
  int n = 0;
  for (const Conv2d& c : winograd_shapes(GetParam())) {
    ASSERT_TRUE(winograd_applicable(c, GetParam())) << describe(c);
    check_forward(c, ConvMethod::winograd, GetParam(), {}, n % 2 == 0, n % 3 == 0);
    check_forward(c, ConvMethod::winograd, GetParam(), {.reversed = true, .transposed = true},
                  false, false);
    ++n;
  }
}

TEST_P(ConvTest, winograd_backward_weights) {
  for (const Conv2d& c : winograd_shapes(GetParam())) {
    check_backward_weights(c, ConvMethod::winograd, GetParam());
  }
}

TEST_P(ConvTest, relu_keeps_nan) {
  const int v = vector_width(GetParam());
  for (const ConvMethod method : {ConvMethod::winograd, ConvMethod::direct}) {
    const Conv2d c{.in_h = 4,
                   .in_w = 4,
                   .in_c = v,
                   .kernel_h = 3,
                   .kernel_w = 3,
                   .out_c = v,
                   .pad_top = 1,
                   .pad_bottom = 1,
                   .pad_left = 1,
                   .pad_right = 1};
    const auto conv = make_conv_forward(c, {}, method, GetParam());
    std::vector<float> x(c.in_size(), NAN), w(c.weight_size(), 1.0f), y(c.out_size());
    std::vector<float> packed(conv->packed_size()), scratch(conv->scratch_size());
    conv->prepare(w.data(), packed.data());
    conv->run(x.data(), packed.data(), y.data(), {.relu = true}, scratch.data());
    for (const float value : y) EXPECT_TRUE(std::isnan(value));
  }
}

TEST(ConvErrors, winograd_must_apply) {
  EXPECT_THROW(make_conv_forward(
                   {.in_h = 8, .in_w = 8, .in_c = 3, .kernel_h = 3, .kernel_w = 3, .out_c = 16}, {},
                   ConvMethod::winograd),
               Error);
  EXPECT_THROW(make_conv_forward({.in_h = 8, .in_w = 8, .in_c = 3, .out_c = 4, .groups = 2}),
               Error);
  EXPECT_THROW(make_conv_forward({.stride_h = 0}), Error);
}

}  // namespace
}  // namespace pullback::kernels
