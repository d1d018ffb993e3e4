// Direct convolution as an indirect matrix product: a register tile of T output pixels × R vectors
// of output channels, summed over taps and input channels; and its backward weights, a tile of T
// taps or input channels × R vectors of output channels, summed over output pixels.
#include "run/native/kernels/impl/simd.inl"

namespace pullback::kernels::PULLBACK_SIMD {
namespace {

PULLBACK_INLINE void copy_floats(float* to, const float* from, size_t n) {
  __builtin_memcpy(to, from, n * sizeof(float));
}

PULLBACK_INLINE void clear_floats(float* to, size_t n) {
  __builtin_memset(to, 0, n * sizeof(float));
}

/// The padded copy of one image.
void pad_image(const PaddedImage& p, const float* x, float* to) {
  const size_t row = static_cast<size_t>(p.w) * p.channels;
  const int first = smaller(p.w, larger(0, -p.left));
  const int last = larger(first, smaller(p.w, p.in_w - p.left));
  for (int i = 0; i < p.h; ++i, to += row) {
    const int y = p.top + i;
    if (y < 0 || y >= p.in_h || first == last) {
      clear_floats(to, row);
      continue;
    }
    const float* from = x + (static_cast<size_t>(y) * p.in_w + p.left + first) * p.channels;
    clear_floats(to, static_cast<size_t>(first) * p.channels);
    copy_floats(to + static_cast<size_t>(first) * p.channels, from,
                static_cast<size_t>(last - first) * p.channels);
    clear_floats(to + static_cast<size_t>(last) * p.channels,
                 static_cast<size_t>(p.w - last) * p.channels);
  }
}

/// What a tile of the forward convolution sums and does with its sums.
struct Job {
  const float* w;  // the chunk's rows of the panel
  const Segment *begin, *end;
  const float* bias;  // of the panel's first channel, or null
  bool first, last, relu;
  int channels;  // of the panel that exist
};

template <int R>
PULLBACK_INLINE V load_panel(const float* p, int r, int channels) {
  const int left = channels - r * kLanes;
  return left >= kLanes ? load(p + r * kLanes) : load_first(p + r * kLanes, left);
}

template <int R>
PULLBACK_INLINE void store_panel(float* p, int r, int channels, V v) {
  const int left = channels - r * kLanes;
  if (left >= kLanes) {
    store(p + r * kLanes, v);
  } else {
    store_first(p + r * kLanes, v, left);
  }
}

template <int T, int R>
PULLBACK_INLINE void convolve_tile(const float* const in[T], float* const out[T], const Job& job) {
  V acc[T][R];
  for (int t = 0; t < T; ++t) {
    for (int r = 0; r < R; ++r) {
      acc[t][r] = job.first ? zero() : load_panel<R>(out[t], r, job.channels);
    }
  }
  const float* w = job.w;
  for (const Segment* s = job.begin; s != job.end; ++s) {
    const int64_t end = s->offset + s->length;
    for (int64_t i = s->offset; i < end; ++i, w += R * kLanes) {
      V column[R];
      for (int r = 0; r < R; ++r) column[r] = load(w + r * kLanes);
#pragma GCC unroll 12
      for (int t = 0; t < T; ++t) {
        const V x = splat(in[t][i]);
        for (int r = 0; r < R; ++r) acc[t][r] += x * column[r];
      }
    }
  }
  if (job.last && job.bias) {
    for (int r = 0; r < R; ++r) {
      const V b = load_panel<R>(job.bias, r, job.channels);
      for (int t = 0; t < T; ++t) acc[t][r] += b;
    }
  }
  if (job.last && job.relu) {
    for (int t = 0; t < T; ++t) {
      for (int r = 0; r < R; ++r) acc[t][r] = relu(acc[t][r]);
    }
  }
  for (int t = 0; t < T; ++t) {
    for (int r = 0; r < R; ++r) store_panel<R>(out[t], r, job.channels, acc[t][r]);
  }
}

/// The pixels of rows [begin, end) of a phase, in tiles that run on from row to row.
template <int R>
void convolve_rows(const DirectPhase& p, const float* x, float* y, int begin, int end,
                   const Job& job) {
  int i = begin, j = 0;
  for_tiles((end - begin) * p.columns, [&]<int T>(int) {
    const float* in[T];
    float* out[T];
    const float* from = x + p.in_first + i * p.in_row + j * p.in_column;
    float* to = y + p.out_first + i * p.out_row + j * p.out_column;
    if (j + T <= p.columns) {
      for (int t = 0; t < T; ++t) {
        in[t] = from + t * p.in_column;
        out[t] = to + t * p.out_column;
      }
      j += T;
    } else {
      for (int t = 0; t < T; ++t) {
        if (j == p.columns) {
          j = 0;
          ++i;
          from = x + p.in_first + i * p.in_row;
          to = y + p.out_first + i * p.out_row;
        }
        in[t] = from;
        out[t] = to;
        from += p.in_column;
        to += p.out_column;
        ++j;
      }
    }
    if (j == p.columns) {
      j = 0;
      ++i;
    }
    convolve_tile<T, R>(in, out, job);
  });
}

/// One phase of one group of one image, in blocks of rows so that its input stays near.
void convolve_phase(const DirectPlan& plan, const DirectPhase& p, const float* x,
                    const float* packed, float* y, const float* bias, bool use_relu) {
  for (int begin = 0; begin < p.rows; begin += plan.block_rows) {
    const int end = smaller(p.rows, begin + plan.block_rows);
    const float* panel = packed;
    for (int o = 0; o < plan.group_out; o += 2 * kLanes) {
      Job job{};
      job.channels = smaller(2 * kLanes, plan.group_out - o);
      job.relu = use_relu;
      job.bias = bias ? bias + o : nullptr;
      job.w = panel;
      const int width = job.channels > kLanes ? 2 * kLanes : kLanes;
      for (int c = 0; c < p.chunk_count; ++c) {
        job.begin = p.segments + p.chunks[c];
        job.end = p.segments + p.chunks[c + 1];
        job.first = c == 0;
        job.last = c + 1 == p.chunk_count;
        if (width > kLanes) {
          convolve_rows<2>(p, x, y + o, begin, end, job);
        } else {
          convolve_rows<1>(p, x, y + o, begin, end, job);
        }
        for (const Segment* s = job.begin; s != job.end; ++s) {
          job.w += static_cast<size_t>(s->length) * width;
        }
      }
      panel += static_cast<size_t>(p.k) * width;
    }
  }
}

void forward(const DirectPlan& plan, const float* x, const float* packed, float* y,
             const float* bias, bool use_relu, float* scratch, int images) {
  const int group_width = (plan.group_out + kLanes - 1) / kLanes * kLanes;
  for (int n = 0; n < images; ++n, x += plan.in_size, y += plan.out_size) {
    const float* image = x;
    if (plan.padded.copy) {
      pad_image(plan.padded, x, scratch);
      image = scratch;
    }
    for (int f = 0; f < plan.phase_count; ++f) {
      const DirectPhase& p = plan.phases[f];
      for (int g = 0; g < plan.groups; ++g) {
        convolve_phase(plan, p, image + static_cast<size_t>(g) * plan.group_in,
                       packed + p.packed + static_cast<size_t>(g) * p.k * group_width,
                       y + static_cast<size_t>(g) * plan.group_out,
                       bias ? bias + static_cast<size_t>(g) * plan.group_out : nullptr, use_relu);
      }
    }
  }
}

/// A block of rows of output pixels: where the padded image and dy are.
struct Block {
  const float* x;
  const float* dy;
  int64_t x_row, x_column, dy_row, dy_column;
  int rows, columns;
};

/// sum[t][…] += Σ over pixels of x[pixel + in[t]] · dy[pixel]. With Near, in[t] = in[0] + t.
template <int T, int R, bool Near>
PULLBACK_INLINE void gradient_tile(const Block& b, const int64_t* in, float* sum, int columns) {
  V acc[T][R];
  for (int t = 0; t < T; ++t) {
    for (int r = 0; r < R; ++r)
      acc[t][r] = load(sum + static_cast<size_t>(t) * columns + r * kLanes);
  }
  for (int i = 0; i < b.rows; ++i) {
    const float* x = b.x + i * b.x_row + (Near ? in[0] : 0);
    const float* from[T];
    for (int t = 0; t < T; ++t) from[t] = x + (Near ? 0 : in[t]);
    const float* dy = b.dy + i * b.dy_row;
    int64_t at = 0;
    for (int j = 0; j < b.columns; ++j, dy += b.dy_column, at += b.x_column) {
      V row[R];
      for (int r = 0; r < R; ++r) row[r] = load(dy + r * kLanes);
#pragma GCC unroll 12
      for (int t = 0; t < T; ++t) {
        const V s = splat(Near ? x[at + t] : from[t][at]);
        for (int r = 0; r < R; ++r) acc[t][r] += s * row[r];
      }
    }
  }
  for (int t = 0; t < T; ++t) {
    for (int r = 0; r < R; ++r)
      store(sum + static_cast<size_t>(t) * columns + r * kLanes, acc[t][r]);
  }
}

template <int R>
void gradient_panel(const DirectGradientPlan& p, const Block& b, float* sum) {
  if (p.contiguous) {
    for (int run = 0; run < p.k; run += p.run_length) {
      for_tiles(p.run_length, [&]<int T>(int t) {
        const int k = run + t;
        gradient_tile<T, R, true>(b, p.offsets + k, sum + static_cast<size_t>(k) * p.columns,
                                  p.columns);
      });
    }
  } else {
    for_tiles(p.k, [&]<int T>(int k) {
      gradient_tile<T, R, false>(b, p.offsets + k, sum + static_cast<size_t>(k) * p.columns,
                                 p.columns);
    });
  }
}

void gradient_block(const DirectGradientPlan& p, const Block& b, float* sum) {
  int o = 0;
  Block panel = b;
  for (; o + 2 * kLanes <= p.columns; o += 2 * kLanes, panel.dy += 2 * kLanes) {
    gradient_panel<2>(p, panel, sum + o);
  }
  if (o < p.columns) gradient_panel<1>(p, panel, sum + o);
}

/// One group of one image. Whole vectors of dy are read, beyond the group's channels if need be
/// (the surplus columns of the accumulator are never used); `readable` floats of dy may be read.
/// The pixels at the end that would read more come from a copy in `spare`.
void gradient_image(const DirectGradientPlan& p, const float* x, const float* dy, int64_t readable,
                    float* sum, float* spare) {
  const int64_t dy_column = static_cast<int64_t>(p.group_out) * p.groups;
  const int64_t pixels = static_cast<int64_t>(p.out_h) * p.out_w;
  int64_t safe = pixels;
  while (safe > 0 && (safe - 1) * dy_column + p.columns > readable) --safe;
  const auto block = [&](int64_t row, int64_t column, int rows, int columns) {
    Block b{x + p.in_first + row * p.in_row + column * p.in_column,
            dy + (row * p.out_w + column) * dy_column,
            p.in_row,
            p.in_column,
            p.out_w * dy_column,
            dy_column,
            rows,
            columns};
    gradient_block(p, b, sum);
  };
  const int whole = static_cast<int>(safe / p.out_w), rest = static_cast<int>(safe % p.out_w);
  for (int row = 0; row < whole; row += p.block_rows) {
    block(row, 0, smaller(p.block_rows, whole - row), p.out_w);
  }
  if (rest) block(whole, 0, 1, rest);
  for (int64_t pixel = safe; pixel < pixels; ++pixel) {
    const int64_t row = pixel / p.out_w, column = pixel % p.out_w;
    clear_floats(spare, p.columns);
    copy_floats(spare, dy + pixel * dy_column, p.group_out);
    gradient_block(
        p, Block{x + p.in_first + row * p.in_row + column * p.in_column, spare, 0, 0, 0, 0, 1, 1},
        sum);
  }
}

void accumulate(const DirectGradientPlan& p, const float* x, const float* dy, float* accumulator,
                float* scratch, int images) {
  const int64_t out_size = static_cast<int64_t>(p.out_h) * p.out_w * p.group_out * p.groups;
  float* padded = scratch + p.columns;
  for (int n = 0; n < images; ++n, x += p.in_size) {
    const float* image = x;
    if (p.padded.copy) {
      pad_image(p.padded, x, padded);
      image = padded;
    }
    for (int g = 0; g < p.groups; ++g) {
      const int64_t skip = static_cast<int64_t>(g) * p.group_out;
      gradient_image(p, image + static_cast<int64_t>(g) * p.group_in, dy + n * out_size + skip,
                     (images - n) * out_size - skip,
                     accumulator + static_cast<size_t>(g) * p.k * p.columns, scratch);
    }
  }
}

}  // namespace

const DirectTable direct_table{forward, accumulate};

}  // namespace pullback::kernels::PULLBACK_SIMD
