#include "run/native/kernels/gemm.h"

#include <algorithm>
#include <cstring>

#include "tests/kernels/support.h"

namespace pullback::kernels {
namespace {

struct Extras {
  bool bias = false, relu = false, mask = false;
};

std::string describe(const Gemm& g, int threads) {
  return "m " + std::to_string(g.m) + " n " + std::to_string(g.n) + " k " + std::to_string(g.k) +
         " trans " + (g.trans_a ? "T" : "N") + (g.trans_b ? "T" : "N") + " alpha " +
         std::to_string(g.alpha) + " beta " + std::to_string(g.beta) + " threads " +
         std::to_string(threads);
}

/// The matrices of a product with rows a little further apart than they must be.
struct Operands {
  explicit Operands(Gemm& g) {
    g.lda = (g.trans_a ? g.m : g.k) + 3;
    g.ldb = (g.trans_b ? g.k : g.n) + 1;
    g.ldc = g.n + 5;
    a = random_floats((g.trans_a ? g.k : g.m) * g.lda - 3, 1);
    b = random_floats((g.trans_b ? g.n : g.k) * g.ldb - 1, 2);
    c = random_floats(g.m * g.ldc, 3);
    bias = random_floats(g.n, 4);
    mask = random_floats(g.m * (g.n + 2), 5);
  }
  std::vector<float> a, b, c, bias, mask;
};

std::vector<double> expected(const Gemm& g, const Operands& o, const Extras& extras) {
  std::vector<double> c(o.c.begin(), o.c.end());
  for (int64_t i = 0; i < g.m; ++i) {
    for (int64_t j = 0; j < g.n; ++j) {
      double sum = 0;
      for (int64_t k = 0; k < g.k; ++k) {
        sum += double(o.a[g.trans_a ? k * g.lda + i : i * g.lda + k]) *
               o.b[g.trans_b ? j * g.ldb + k : k * g.ldb + j];
      }
      double& v = c[i * g.ldc + j];
      v = g.alpha * sum + (g.beta == 0 ? 0 : g.beta * v);
      if (extras.bias) v += o.bias[j];
      if (extras.relu) v = std::max(0.0, v);
      if (extras.mask && o.mask[i * (g.n + 2) + j] <= 0) v = 0;
    }
  }
  return c;
}

void check(Gemm g, const Extras& extras, int threads, Isa isa) {
  Operands o(g);
  const std::vector<double> want = expected(g, o, extras);
  if (g.beta == 0) {  // then C is not read
    for (int64_t i = 0; i < g.m; ++i) std::fill_n(o.c.begin() + i * g.ldc, g.n, NAN);
  }
  std::vector<std::vector<float>> scratch(threads,
                                          std::vector<float>(gemm_scratch_size(g, isa), NAN));
  std::vector<float*> of_thread;
  for (auto& s : scratch) of_thread.push_back(s.data());
  GemmEpilogue epilogue{.relu = extras.relu, .mask_stride = g.n + 2};
  if (extras.bias) epilogue.bias = o.bias.data();
  if (extras.mask) epilogue.mask = o.mask.data();
  std::vector<float> again = o.c;
  gemm(g, o.a.data(), o.b.data(), o.c.data(), epilogue, threads, of_thread.data(), isa);
  expect_close(o.c, want, static_cast<double>(g.k) + 2, describe(g, threads));
  gemm(g, o.a.data(), o.b.data(), again.data(), epilogue, threads, of_thread.data(), isa);
  EXPECT_EQ(std::memcmp(again.data(), o.c.data(), again.size() * sizeof(float)), 0)
      << describe(g, threads) << ": another run, other bits";
}

class GemmTest : public EveryIsa {};
PULLBACK_FOR_EVERY_ISA(GemmTest);

void check_layouts(Gemm g, const Extras& extras, int threads, Isa isa) {
  for (const bool trans_a : {false, true}) {
    for (const bool trans_b : {false, true}) {
      g.trans_a = trans_a;
      g.trans_b = trans_b;
      check(g, extras, threads, isa);
    }
  }
}

TEST_P(GemmTest, every_remainder_of_a_tile) {
  for (int64_t m = 1; m <= 26; ++m) {
    check_layouts({.m = m, .n = 2 * m + 1, .k = m}, {}, 1, GetParam());
  }
  for (int64_t n = 1; n <= 70; ++n) {
    check_layouts({.m = 5, .n = n, .k = 71 - n}, {.bias = true}, 1, GetParam());
  }
}

TEST_P(GemmTest, more_than_a_block) {
  check_layouts({.m = 200, .n = 33, .k = 17}, {}, 1, GetParam());
  check_layouts({.m = 7, .n = 300, .k = 9}, {.relu = true}, 1, GetParam());
  check_layouts({.m = 13, .n = 20, .k = 1000}, {.bias = true, .relu = true}, 1, GetParam());
  check_layouts({.m = 401, .n = 270, .k = 390, .alpha = -0.5f, .beta = 1}, {}, 1, GetParam());
}

TEST_P(GemmTest, shares_of_threads) {
  for (const int threads : {2, 3, 5}) {
    check_layouts({.m = 64, .n = 96, .k = 50}, {.bias = true, .relu = true}, threads, GetParam());
    check_layouts({.m = 300, .n = 10, .k = 40, .beta = 1}, {}, threads, GetParam());
    check_layouts({.m = 3, .n = 500, .k = 60}, {.mask = true}, threads, GetParam());
    check_layouts({.m = 1, .n = 1, .k = 70000}, {}, threads, GetParam());
  }
}

TEST_P(GemmTest, epilogues_and_factors) {
  for (const float beta : {0.0f, 1.0f, 0.9f}) {
    for (int bits = 0; bits < 8; ++bits) {
      const Extras extras{bool(bits & 1), bool(bits & 2), bool(bits & 4)};
      check_layouts({.m = 14, .n = 37, .k = 401, .alpha = 0.25f, .beta = beta}, extras, 2,
                    GetParam());
    }
  }
}

TEST_P(GemmTest, a_nan_is_kept) {
  const Gemm g{.m = 9, .n = 40, .k = 3};
  std::vector<float> a(g.m * g.k, 1.0f), b(g.k * g.n, NAN), c(g.m * g.n, 0.0f);
  std::vector<float> scratch(gemm_scratch_size(g, GetParam()));
  float* of_thread = scratch.data();
  gemm(g, a.data(), b.data(), c.data(), {.relu = true}, 1, &of_thread, GetParam());
  for (const float v : c) EXPECT_TRUE(std::isnan(v));
}

}  // namespace
}  // namespace pullback::kernels
