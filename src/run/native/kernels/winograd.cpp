#include <algorithm>

#include "run/native/kernels/conv_methods.h"
#include "run/native/kernels/impl/table.h"

namespace pullback::kernels {
namespace {

/// Floats from one point's plane to the next: away from multiples of 4096 bytes, which share a set
/// of the first-level cache.
size_t plane(int channels, int batch) {
  size_t floats = static_cast<size_t>(channels) * batch + 48;
  if (floats % 1024 < 48 || floats % 1024 > 1024 - 48) floats += 96;
  return floats;
}

/// Scratch that should stay in the second-level cache beside the weights of a point.
constexpr int kScratchFloats = 48 * 1024;

WinogradPlan make_plan(const Conv2d& conv, int min_batch, int max_batch, int images = 1) {
  WinogradPlan p;
  p.in_h = conv.in_h;
  p.in_w = conv.in_w;
  p.in_c = conv.in_c;
  p.out_h = conv.out_h();
  p.out_w = conv.out_w();
  p.out_c = conv.out_c;
  p.pad_top = conv.pad_top;
  p.pad_left = conv.pad_left;
  p.tiles_h = (p.out_h + 1) / 2;
  p.tiles_w = (p.out_w + 1) / 2;
  // The tiles of so many images in batches of one size.
  const int batch = std::clamp(kScratchFloats / (16 * (p.in_c + p.out_c)), min_batch, max_batch);
  const int tiles = images * p.tiles_h * p.tiles_w;
  const int batches = std::max(1, (tiles + batch / 2) / batch);
  p.batch = (tiles + batches - 1) / batches;
  p.u_plane = plane(p.in_c, p.batch);
  p.m_plane = plane(p.out_c, p.batch);
  return p;
}

size_t plan_scratch(const WinogradPlan& p) {
  return 16 * (p.u_plane + p.m_plane) + static_cast<size_t>(p.in_w) * p.in_c;
}

/// Tiles for each pass over an accumulator whose points do not stay in the second-level cache.
constexpr int kFarTiles = 64;

bool accumulates_far(const Conv2d& c) {
  return static_cast<int64_t>(c.in_c) * c.out_c >= 128 * 1024;
}

int gradient_images(const Conv2d& c) {
  const int tiles = ((c.out_h() + 1) / 2) * ((c.out_w() + 1) / 2);
  return accumulates_far(c) ? std::clamp(kFarTiles / tiles, 1, 16) : 1;
}

class WinogradForward final : public ConvForward {
 public:
  WinogradForward(const Conv2d& conv, ConvWeights weights, Isa isa)
      : table_(PULLBACK_SELECT_TABLE(isa, winograd_table)),
        plan_(make_plan(conv, 24, 48)),
        weights_(weights),
        lanes_(vector_width(isa)) {}

  ConvMethod method() const override { return ConvMethod::winograd; }
  size_t packed_size() const override { return size_t{16} * plan_.in_c * plan_.out_c; }
  size_t scratch_size() const override { return plan_scratch(plan_); }

  void prepare(const float* w, float* packed, int part, int parts) const override {
    const int blocks = plan_.in_c / lanes_;
    table_.prepare(plan_.in_c, plan_.out_c, weights_.reversed, weights_.transposed, w, packed,
                   blocks * part / parts * lanes_, blocks * (part + 1) / parts * lanes_);
  }

  void run(const float* x, const float* packed, float* y, const ConvEpilogue& epilogue,
           float* scratch, int images) const override {
    table_.forward(plan_, x, packed, y, epilogue.bias, epilogue.relu, scratch, images);
  }

 private:
  const WinogradTable& table_;
  WinogradPlan plan_;
  ConvWeights weights_;
  int lanes_;
};

class WinogradBackwardWeights final : public ConvBackwardWeights {
 public:
  WinogradBackwardWeights(const Conv2d& conv, Isa isa)
      : table_(PULLBACK_SELECT_TABLE(isa, winograd_table)),
        images_(gradient_images(conv)),
        plan_(make_plan(conv, accumulates_far(conv) ? kFarTiles : 24, 64, images_)) {}

  ConvMethod method() const override { return ConvMethod::winograd; }
  size_t accumulator_size() const override { return size_t{16} * plan_.in_c * plan_.out_c; }
  int images_at_once() const override { return images_; }
  size_t scratch_size() const override { return plan_scratch(plan_); }

  void accumulate(const float* x, const float* dy, float* accumulator, float* scratch,
                  int images) const override {
    table_.accumulate(plan_, x, dy, accumulator, scratch, images);
  }

  void finish(const float* const* accumulators, int count, float* dw, int part,
              int parts) const override {
    table_.finish(plan_.in_c, plan_.out_c, accumulators, count, dw, plan_.in_c * part / parts,
                  plan_.in_c * (part + 1) / parts);
  }

 private:
  const WinogradTable& table_;
  int images_;
  WinogradPlan plan_;
};

}  // namespace

bool winograd_applicable(const Conv2d& c, Isa isa) {
  const auto padding = [](int pad) { return pad >= 0 && pad <= 2; };
  const int lanes = vector_width(isa);
  return c.kernel_h == 3 && c.kernel_w == 3 && c.stride_h == 1 && c.stride_w == 1 &&
         c.dilation_h == 1 && c.dilation_w == 1 && c.lhs_dilation_h == 1 && c.lhs_dilation_w == 1 &&
         c.groups == 1 && padding(c.pad_top) && padding(c.pad_bottom) && padding(c.pad_left) &&
         padding(c.pad_right) && c.in_c % lanes == 0 && c.out_c % lanes == 0 && c.out_h() > 0 &&
         c.out_w() > 0;
}

std::unique_ptr<ConvForward> make_winograd_forward(const Conv2d& conv, ConvWeights weights,
                                                   Isa isa) {
  return std::make_unique<WinogradForward>(conv, weights, isa);
}

std::unique_ptr<ConvBackwardWeights> make_winograd_backward_weights(const Conv2d& conv, Isa isa) {
  return std::make_unique<WinogradBackwardWeights>(conv, isa);
}

}  // namespace pullback::kernels
