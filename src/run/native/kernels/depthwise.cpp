#include <algorithm>
#include <array>
#include <vector>

#include "run/native/kernels/conv_methods.h"
#include "run/native/kernels/impl/table.h"

namespace pullback::kernels {
namespace {

constexpr int kMostTaps = 169;  // 13 × 13

/// A tap of one axis and the input place that it meets.
struct Meeting {
  int tap, place;
};
/// The taps that output `o` of an axis meets within the input.
std::vector<Meeting> meetings(int o, int kernel, int stride, int pad, int dilation,
                              int lhs_dilation, int extent) {
  std::vector<Meeting> found;
  for (int tap = 0; tap < kernel; ++tap) {
    const int place = o * stride + tap * dilation - pad;
    if (place < 0 || place % lhs_dilation != 0 || place / lhs_dilation >= extent) continue;
    found.push_back({tap, place / lhs_dilation});
  }
  return found;
}

/// Output columns first, first + step, … that meet the same taps; the places are the first one's,
/// and each next column's are a stride further.
struct Columns {
  int first, step, count;
  std::vector<Meeting> met;
};

/// One image's convolution as runs over the columns of each output row.
class Runs {
 public:
  explicit Runs(const Conv2d& c) : conv_(c) {
    for (int i = 0; i < c.out_h(); ++i) {
      rows_.push_back(
          meetings(i, c.kernel_h, c.stride_h, c.pad_top, c.dilation_h, c.lhs_dilation_h, c.in_h));
    }
    for (int phase = 0; phase < c.lhs_dilation_w; ++phase) {
      const size_t begin = columns_.size();
      for (int j = phase; j < c.out_w(); j += c.lhs_dilation_w) {
        auto met =
            meetings(j, c.kernel_w, c.stride_w, c.pad_left, c.dilation_w, c.lhs_dilation_w, c.in_w);
        if (columns_.size() > begin && same(columns_.back().met, met)) {
          ++columns_.back().count;
        } else {
          columns_.push_back({j, c.lhs_dilation_w, 1, std::move(met)});
        }
      }
    }
  }

  /// f(run, the first pixel's place in y) for all runs; taps are offsets from the image's start.
  template <class F>
  void each(F f) const {
    std::array<DepthwiseTap, kMostTaps> taps;
    const int64_t pixel = conv_.in_c;
    for (size_t i = 0; i < rows_.size(); ++i) {
      for (const Columns& columns : columns_) {
        int count = 0;
        for (const Meeting& row : rows_[i]) {
          for (const Meeting& column : columns.met) {
            taps[size_t(count++)] = {(int64_t{row.place} * conv_.in_w + column.place) * pixel,
                                     (int64_t{row.tap} * conv_.kernel_w + column.tap) * pixel};
          }
        }
        f(DepthwiseRun{.taps = taps.data(),
                       .tap_count = count,
                       .count = columns.count,
                       .channels = conv_.in_c,
                       .x_step = conv_.stride_w * pixel,
                       .y_step = columns.step * pixel},
          (static_cast<int64_t>(i) * conv_.out_w() + columns.first) * pixel);
      }
    }
  }

 private:
  static bool same(const std::vector<Meeting>& a, const std::vector<Meeting>& b) {
    auto equal = [](const Meeting& m, const Meeting& n) { return m.tap == n.tap; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), equal);
  }

  Conv2d conv_;
  std::vector<std::vector<Meeting>> rows_;
  std::vector<Columns> columns_;
};

class DepthwiseForward final : public ConvForward {
 public:
  DepthwiseForward(const Conv2d& conv, ConvWeights weights, Isa isa)
      : table_(PULLBACK_SELECT_TABLE(isa, depthwise_table)),
        conv_(conv),
        reversed_(weights.reversed),
        runs_(conv) {}

  ConvMethod method() const override { return ConvMethod::depthwise; }
  size_t packed_size() const override { return conv_.weight_size(); }
  size_t scratch_size() const override { return 0; }

  void prepare(const float* w, float* packed, int part, int parts) const override {
    const int taps = conv_.kernel_h * conv_.kernel_w;
    for (int k = taps * part / parts; k < taps * (part + 1) / parts; ++k) {
      const size_t from = size_t(reversed_ ? taps - 1 - k : k) * size_t(conv_.in_c);
      std::copy_n(w + from, conv_.in_c, packed + size_t(k) * size_t(conv_.in_c));
    }
  }

  void run(const float* x, const float* packed, float* y, const ConvEpilogue& epilogue, float*,
           int images) const override {
    for (int n = 0; n < images; ++n, x += conv_.in_size(), y += conv_.out_size()) {
      runs_.each([&](const DepthwiseRun& run, int64_t place) {
        table_.forward(run, x, packed, y + place, epilogue.bias, epilogue.relu);
      });
    }
  }

 private:
  const DepthwiseTable& table_;
  Conv2d conv_;
  bool reversed_;
  Runs runs_;
};

class DepthwiseBackwardWeights final : public ConvBackwardWeights {
 public:
  DepthwiseBackwardWeights(const Conv2d& conv, Isa isa)
      : table_(PULLBACK_SELECT_TABLE(isa, depthwise_table)), conv_(conv), runs_(conv) {}

  ConvMethod method() const override { return ConvMethod::depthwise; }
  size_t accumulator_size() const override { return conv_.weight_size(); }
  size_t scratch_size() const override { return 0; }

  void accumulate(const float* x, const float* dy, float* accumulator, float*,
                  int images) const override {
    for (int n = 0; n < images; ++n, x += conv_.in_size(), dy += conv_.out_size()) {
      runs_.each([&](const DepthwiseRun& run, int64_t place) {
        table_.accumulate(run, x, dy + place, accumulator);
      });
    }
  }

  void finish(const float* const* accumulators, int count, float* dw, int part,
              int parts) const override {
    const size_t all = conv_.weight_size();
    const size_t begin = all * size_t(part) / size_t(parts);
    const size_t end = all * size_t(part + 1) / size_t(parts);
    for (size_t i = begin; i < end; ++i) {
      float sum = accumulators[0][i];
      for (int n = 1; n < count; ++n) sum += accumulators[n][i];
      dw[i] = sum;
    }
  }

 private:
  const DepthwiseTable& table_;
  Conv2d conv_;
  Runs runs_;
};

}  // namespace

bool depthwise_applicable(const Conv2d& c) {
  return c.groups > 1 && c.groups == c.in_c && c.in_c == c.out_c &&
         int64_t{c.kernel_h} * c.kernel_w <= kMostTaps && c.out_h() > 0 && c.out_w() > 0;
}

std::unique_ptr<ConvForward> make_depthwise_forward(const Conv2d& conv, ConvWeights weights,
                                                    Isa isa) {
  return std::make_unique<DepthwiseForward>(conv, weights, isa);
}

std::unique_ptr<ConvBackwardWeights> make_depthwise_backward_weights(const Conv2d& conv, Isa isa) {
  return std::make_unique<DepthwiseBackwardWeights>(conv, isa);
}

}  // namespace pullback::kernels
