#include "base/error.h"
#include "run/native/kernels/conv.h"
#include "tests/kernels/support.h"

/// Depthwise convolutions against the direct ones, which do every convolution.
namespace pullback::kernels {
namespace {

struct Sizes {
  int in, channels, kernel, stride, pad, dilation = 1;
};
const Sizes sizes[] = {{9, 32, 3, 1, 1}, {10, 17, 3, 2, 1},    {12, 5, 5, 1, 2}, {13, 40, 5, 2, 2},
                       {8, 24, 7, 1, 3}, {15, 16, 7, 2, 3},    {4, 48, 3, 1, 0}, {2, 33, 3, 1, 1},
                       {1, 20, 3, 1, 1}, {11, 19, 3, 1, 2, 2}, {21, 8, 3, 3, -1}};

Conv2d depthwise(const Sizes& s) {
  return {.in_h = s.in,
          .in_w = s.in + 3,
          .in_c = s.channels,
          .kernel_h = s.kernel,
          .kernel_w = s.kernel,
          .out_c = s.channels,
          .stride_h = s.stride,
          .stride_w = s.stride,
          .pad_top = s.pad,
          .pad_bottom = s.pad,
          .pad_left = s.pad,
          .pad_right = s.pad + 1,
          .dilation_h = s.dilation,
          .dilation_w = s.dilation,
          .groups = s.channels};
}

std::string text(const Conv2d& c) {
  return "in " + std::to_string(c.in_h) + ", channels " + std::to_string(c.in_c) + ", kernel " +
         std::to_string(c.kernel_h) + ", stride " + std::to_string(c.stride_h) + ", lhs dilation " +
         std::to_string(c.lhs_dilation_h);
}

std::vector<float> forward(const Conv2d& c, ConvWeights weights, ConvMethod method, Isa isa) {
  const auto x = random_floats(2 * c.in_size(), 1), w = random_floats(c.weight_size(), 2);
  const auto bias = random_floats(size_t(c.out_c), 3);
  const auto conv = make_conv_forward(c, weights, method, isa);
  std::vector<float> packed(conv->packed_size(), NAN), scratch(conv->scratch_size() + 1, NAN);
  std::vector<float> y(2 * c.out_size(), NAN);
  for (const int part : {2, 0, 1}) conv->prepare(w.data(), packed.data(), part, 3);
  conv->run(x.data(), packed.data(), y.data(), {bias.data(), !weights.reversed}, scratch.data(), 2);
  return y;
}

std::vector<float> backward_weights(const Conv2d& c, ConvMethod method, Isa isa) {
  const auto x = random_floats(2 * c.in_size(), 4), dy = random_floats(2 * c.out_size(), 5);
  const auto conv = make_conv_backward_weights(c, method, isa);
  std::vector<float> scratch(conv->scratch_size() + 1, NAN), dw(c.weight_size(), NAN);
  std::vector<std::vector<float>> sums(2, std::vector<float>(conv->accumulator_size(), 0.0f));
  const float* accumulators[2];
  for (size_t n : {0u, 1u}) {
    conv->accumulate(x.data() + n * c.in_size(), dy.data() + n * c.out_size(), sums[n].data(),
                     scratch.data());
    accumulators[n] = sums[n].data();
  }
  for (const int part : {1, 0}) conv->finish(accumulators, 2, dw.data(), part, 2);
  return dw;
}

std::vector<double> doubles(const std::vector<float>& values) {
  return {values.begin(), values.end()};
}

class DepthwiseTest : public EveryIsa {};
PULLBACK_FOR_EVERY_ISA(DepthwiseTest);

TEST_P(DepthwiseTest, forward_and_backward_data) {
  for (const Sizes& s : sizes) {
    for (const Conv2d& c : {depthwise(s), backward_data(depthwise(s))}) {
      const ConvWeights weights{.reversed = c.lhs_dilation_h > 1};
      ASSERT_EQ(make_conv_forward(c)->method(), ConvMethod::depthwise) << text(c);
      expect_close(forward(c, weights, ConvMethod::depthwise, GetParam()),
                   doubles(forward(c, weights, ConvMethod::direct, GetParam())),
                   double(c.kernel_h) * c.kernel_w, text(c), 8);
    }
  }
}

TEST_P(DepthwiseTest, backward_weights) {
  for (const Sizes& s : sizes) {
    const Conv2d c = depthwise(s);
    expect_close(backward_weights(c, ConvMethod::depthwise, GetParam()),
                 doubles(backward_weights(c, ConvMethod::direct, GetParam())),
                 2.0 * c.out_h() * c.out_w(), text(c), 8);
  }
}

TEST(Depthwise, must_apply) {
  Conv2d c = depthwise(sizes[0]);
  c.groups = 2;
  EXPECT_FALSE(depthwise_applicable(c));
  EXPECT_THROW(make_conv_forward(c, {}, ConvMethod::depthwise), Error);
  EXPECT_EQ(make_conv_forward(c)->method(), ConvMethod::direct);
}

}  // namespace
}  // namespace pullback::kernels
