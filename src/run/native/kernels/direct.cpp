#include <algorithm>
#include <numeric>
#include <vector>

#include "run/native/kernels/conv_methods.h"
#include "run/native/kernels/impl/table.h"

namespace pullback::kernels {
namespace {

/// Rows of weights summed at a time: a panel of them stays in the first-level cache.
constexpr int kChunk = 512;
/// Floats of input that a block of rows may span: half a second-level cache.
constexpr int kForwardBlock = 32 * 1024;
/// Floats of x and dy that a block of backward weights may span: a first-level cache.
constexpr int kGradientBlock = 7 * 1024;

/// The smallest and largest pixel that the taps touch, along one dimension.
struct Range {
  int low = 0, high = 0;
};

int floor_div(int a, int b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }

/// Along one dimension, the output pixels first, first + step, … (count of them), which meet the
/// taps `taps`: tap t of the pixel number n reads input pixel in_first + n · in_step + place[t].
struct AxisPhase {
  int first = 0, step = 1, count = 0, in_first = 0, in_step = 1;
  std::vector<int> taps, places;
};

std::vector<AxisPhase> axis_phases(int out, int kernel, int stride, int pad, int dilation,
                                   int lhs_dilation) {
  std::vector<AxisPhase> phases;
  const int step = lhs_dilation / std::gcd(stride, lhs_dilation);
  for (int first = 0; first < std::min(step, out); ++first) {
    AxisPhase p;
    p.first = first;
    p.step = step;
    p.count = (out - first + step - 1) / step;
    p.in_first = first * stride / lhs_dilation;
    p.in_step = stride * step / lhs_dilation;
    for (int tap = 0; tap < kernel; ++tap) {
      const int at = first * stride % lhs_dilation + tap * dilation - pad;
      const int place = floor_div(at, lhs_dilation);
      if (place * lhs_dilation != at) continue;
      p.taps.push_back(tap);
      p.places.push_back(place);
    }
    phases.push_back(std::move(p));
  }
  return phases;
}

Range touched(const std::vector<AxisPhase>& phases) {
  Range range{.low = 0, .high = -1};
  for (const AxisPhase& p : phases) {
    for (const int place : p.places) {
      const int low = p.in_first + place, high = low + (p.count - 1) * p.in_step;
      range = range.high < range.low ? Range{low, high}
                                     : Range{std::min(range.low, low), std::max(range.high, high)};
    }
  }
  return range;
}

PaddedImage make_padded(const Conv2d& c, Range rows, Range columns) {
  PaddedImage p{c.in_h, c.in_w, c.in_c, 0, 0, c.in_h, c.in_w, false};
  if (rows.high < rows.low || columns.high < columns.low) return p;  // nothing is read
  p.copy = rows.low < 0 || rows.high >= c.in_h || columns.low < 0 || columns.high >= c.in_w;
  if (p.copy) {
    p.top = rows.low;
    p.left = columns.low;
    p.h = rows.high - rows.low + 1;
    p.w = columns.high - columns.low + 1;
  }
  return p;
}

size_t padded_size(const PaddedImage& p) { return p.copy ? size_t(p.h) * p.w * p.channels : 0; }

class DirectForward final : public ConvForward {
 public:
  DirectForward(const Conv2d& conv, ConvWeights weights, Isa isa)
      : table_(PULLBACK_SELECT_TABLE(isa, direct_table)),
        conv_(conv),
        weights_(weights),
        lanes_(vector_width(isa)) {
    const auto rows = axis_phases(conv.out_h(), conv.kernel_h, conv.stride_h, conv.pad_top,
                                  conv.dilation_h, conv.lhs_dilation_h);
    const auto columns = axis_phases(conv.out_w(), conv.kernel_w, conv.stride_w, conv.pad_left,
                                     conv.dilation_w, conv.lhs_dilation_w);
    plan_.padded = make_padded(conv, touched(rows), touched(columns));
    plan_.groups = conv.groups;
    plan_.group_in = conv.in_c / conv.groups;
    plan_.group_out = conv.out_c / conv.groups;
    plan_.block_rows =
        std::max(1, kForwardBlock / (plan_.padded.w * conv.in_c * std::max(1, conv.stride_h)));
    plan_.in_size = conv.in_size();
    plan_.out_size = conv.out_size();
    storage_.reserve(rows.size() * columns.size());
    for (const AxisPhase& r : rows) {
      for (const AxisPhase& c : columns) add_phase(r, c);
    }
    plan_.phases = phases_.data();
    plan_.phase_count = static_cast<int>(phases_.size());
  }
  DirectForward(const DirectForward&) = delete;
  DirectForward& operator=(const DirectForward&) = delete;

  ConvMethod method() const override { return ConvMethod::direct; }
  size_t packed_size() const override { return packed_size_; }
  size_t scratch_size() const override { return padded_size(plan_.padded); }

  void prepare(const float* w, float* packed, int part, int parts) const override {
    for (const DirectPhase& p : phases_) {
      const Storage& s = storage_[&p - phases_.data()];
      const int begin = static_cast<int>(int64_t{p.k} * part / parts);
      const int end = static_cast<int>(int64_t{p.k} * (part + 1) / parts);
      for (int g = 0; g < plan_.groups; ++g) {
        float* to = packed + p.packed + size_t(g) * p.k * group_width();
        for (int k = begin; k < end; ++k) pack_row(w, g, s, k, p.k, to);
      }
    }
  }

  void run(const float* x, const float* packed, float* y, const ConvEpilogue& epilogue,
           float* scratch, int images) const override {
    table_.forward(plan_, x, packed, y, epilogue.bias, epilogue.relu, scratch, images);
  }

 private:
  /// What a phase points to, and the kernel position of each of its taps.
  struct Storage {
    std::vector<Segment> segments;
    std::vector<int> chunks, taps;
  };

  int group_width() const { return (plan_.group_out + lanes_ - 1) / lanes_ * lanes_; }

  void add_phase(const AxisPhase& r, const AxisPhase& c) {
    const PaddedImage& image = plan_.padded;
    const int64_t pixel = conv_.in_c, row = int64_t{image.w} * conv_.in_c;
    DirectPhase p{};
    p.rows = r.count;
    p.columns = c.count;
    p.in_row = r.in_step * row;
    p.in_column = c.in_step * pixel;
    p.in_first = (r.in_first - image.top) * row + (c.in_first - image.left) * pixel;
    p.out_row = int64_t{r.step} * conv_.out_w() * conv_.out_c;
    p.out_column = int64_t{c.step} * conv_.out_c;
    p.out_first = (int64_t{r.first} * conv_.out_w() + c.first) * conv_.out_c;
    Storage& s = storage_.emplace_back();
    for (size_t a = 0; a < r.taps.size(); ++a) {
      for (size_t b = 0; b < c.taps.size(); ++b) {
        s.taps.push_back(r.taps[a] * conv_.kernel_w + c.taps[b]);
        add_segments(s, r.places[a] * row + c.places[b] * pixel);
      }
    }
    finish_chunks(s);
    p.k = static_cast<int>(s.taps.size()) * plan_.group_in;
    p.packed = packed_size_;
    packed_size_ += size_t(plan_.groups) * p.k * group_width();
    p.segments = s.segments.data();
    p.chunks = s.chunks.data();
    p.chunk_count = static_cast<int>(s.chunks.size()) - 1;
    phases_.push_back(p);
  }

  /// The input channels of one tap, joined to the tap before where memory is contiguous, split
  /// where a segment would exceed a chunk.
  void add_segments(Storage& s, int64_t offset) const {
    for (int left = plan_.group_in; left > 0;) {
      Segment* last = s.segments.empty() ? nullptr : &s.segments.back();
      const bool joins = last && last->offset + last->length == offset && last->length < kChunk;
      const int length = std::min(left, joins ? kChunk - last->length : kChunk);
      if (joins) {
        last->length += length;
      } else {
        s.segments.push_back({offset, length});
      }
      left -= length;
      offset += length;
    }
  }

  /// Groups segments into chunks of at most kChunk rows; no taps make one empty chunk.
  static void finish_chunks(Storage& s) {
    s.chunks = {0};
    int rows = 0;
    for (size_t i = 0; i < s.segments.size(); ++i) {
      if (rows > 0 && rows + s.segments[i].length > kChunk) {
        s.chunks.push_back(static_cast<int>(i));
        rows = 0;
      }
      rows += s.segments[i].length;
    }
    s.chunks.push_back(static_cast<int>(s.segments.size()));
  }

  /// Row k of all panels of a group: the panels are two vectors wide, the last one maybe one.
  void pack_row(const float* w, int group, const Storage& s, int k, int rows, float* to) const {
    const int tap = s.taps[k / plan_.group_in], i = k % plan_.group_in;
    const int taps = conv_.kernel_h * conv_.kernel_w;
    const int at = weights_.reversed ? taps - 1 - tap : tap;
    const size_t pair = size_t(plan_.group_in) * conv_.out_c;
    const float* from = w + at * pair + (weights_.transposed ? size_t(i) : size_t(i) * conv_.out_c);
    const size_t stride = weights_.transposed ? conv_.in_c : 1;
    for (int o = 0; o < group_width(); o += 2 * lanes_) {
      const int width = std::min(2 * lanes_, group_width() - o);
      float* panel = to + size_t(o) * rows + size_t(k) * width;
      for (int j = 0; j < width; ++j) {
        const int channel = o + j;
        panel[j] = channel < plan_.group_out
                       ? from[(size_t(group) * plan_.group_out + channel) * stride]
                       : 0.0f;
      }
    }
  }

  const DirectTable& table_;
  Conv2d conv_;
  ConvWeights weights_;
  int lanes_;
  DirectPlan plan_{};
  size_t packed_size_ = 0;
  std::vector<DirectPhase> phases_;
  std::vector<Storage> storage_;
};

class DirectBackwardWeights final : public ConvBackwardWeights {
 public:
  DirectBackwardWeights(const Conv2d& conv, Isa isa)
      : table_(PULLBACK_SELECT_TABLE(isa, direct_table)), conv_(conv) {
    const AxisPhase r = axis_phases(std::max(1, conv.out_h()), conv.kernel_h, conv.stride_h,
                                    conv.pad_top, conv.dilation_h, 1)[0];
    const AxisPhase c = axis_phases(std::max(1, conv.out_w()), conv.kernel_w, conv.stride_w,
                                    conv.pad_left, conv.dilation_w, 1)[0];
    DirectGradientPlan& p = plan_;
    p.padded = make_padded(conv, touched({r}), touched({c}));
    p.groups = conv.groups;
    p.group_in = conv.in_c / conv.groups;
    p.group_out = conv.out_c / conv.groups;
    const int lanes = vector_width(isa);
    p.columns = (p.group_out + lanes - 1) / lanes * lanes;
    const int64_t pixel = conv.in_c, row = pixel * p.padded.w;
    for (const int i : r.places) {
      for (const int j : c.places) {
        for (int channel = 0; channel < p.group_in; ++channel) {
          offsets_.push_back(i * row + j * pixel + channel);
        }
      }
    }
    p.k = static_cast<int>(offsets_.size());
    p.offsets = offsets_.data();
    // Taps along a row are contiguous where nothing lies between them.
    p.run_length = p.group_in * (conv.groups == 1 && conv.dilation_w == 1 ? conv.kernel_w : 1);
    p.contiguous = p.run_length >= 16;
    p.out_h = conv.out_h();
    p.out_w = conv.out_w();
    p.in_row = r.in_step * row;
    p.in_column = c.in_step * pixel;
    p.in_first = -p.padded.top * row - p.padded.left * pixel;
    p.in_size = conv.in_size();
    const int row_floats = p.out_w * (conv.stride_w * conv.in_c + conv.out_c);
    p.block_rows = std::max(1, kGradientBlock / std::max(1, row_floats));
  }
  DirectBackwardWeights(const DirectBackwardWeights&) = delete;
  DirectBackwardWeights& operator=(const DirectBackwardWeights&) = delete;

  ConvMethod method() const override { return ConvMethod::direct; }
  size_t accumulator_size() const override {
    return size_t(plan_.groups) * plan_.k * plan_.columns;
  }
  size_t scratch_size() const override { return plan_.columns + padded_size(plan_.padded); }

  void accumulate(const float* x, const float* dy, float* accumulator, float* scratch,
                  int images) const override {
    table_.accumulate(plan_, x, dy, accumulator, scratch, images);
  }

  void finish(const float* const* accumulators, int count, float* dw, int part,
              int parts) const override {
    const int begin = static_cast<int>(int64_t{plan_.k} * part / parts);
    const int end = static_cast<int>(int64_t{plan_.k} * (part + 1) / parts);
    for (int g = 0; g < plan_.groups; ++g) {
      for (int k = begin; k < end; ++k) {
        const size_t at = (size_t(g) * plan_.k + k) * plan_.columns;
        float* to = dw + size_t(k) * conv_.out_c + size_t(g) * plan_.group_out;
        std::copy_n(accumulators[0] + at, plan_.group_out, to);
        for (int n = 1; n < count; ++n) {
          for (int o = 0; o < plan_.group_out; ++o) to[o] += accumulators[n][at + o];
        }
      }
    }
  }

 private:
  const DirectTable& table_;
  Conv2d conv_;
  DirectGradientPlan plan_{};
  std::vector<int64_t> offsets_;
};

}  // namespace

std::unique_ptr<ConvForward> make_direct_forward(const Conv2d& conv, ConvWeights weights, Isa isa) {
  return std::make_unique<DirectForward>(conv, weights, isa);
}

std::unique_ptr<ConvBackwardWeights> make_direct_backward_weights(const Conv2d& conv, Isa isa) {
  return std::make_unique<DirectBackwardWeights>(conv, isa);
}

}  // namespace pullback::kernels
