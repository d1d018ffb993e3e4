// Rates of single kernels on one thread, for every instruction set of this machine.
// usage: bench_kernels [FILTER]   (of the names that it prints)
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <new>
#include <string>
#include <vector>

#include "run/native/kernels/conv.h"
#include "run/native/kernels/gemm.h"
#include "run/native/kernels/peak.h"

namespace pullback::kernels {
namespace {

std::string filter;

template <class T>
struct LineAllocator {
  using value_type = T;
  T* allocate(size_t n) {
    return static_cast<T*>(::operator new (n * sizeof(T), std::align_val_t{64}));
  }
  void deallocate(T* p, size_t) { ::operator delete (p, std::align_val_t{64}); }
  bool operator==(const LineAllocator&) const = default;
};
using Floats = std::vector<float, LineAllocator<float>>;

Floats values(size_t n) {
  Floats v(n);
  for (size_t i = 0; i < n; ++i) v[i] = static_cast<float>(i * 2654435761U % 1000) / 500 - 1;
  return v;
}

/// Prints the rate of the fastest of many runs of f beside the peak measured in turn.
template <class F>
void measure(Isa isa, const std::string& what, double flops, F f) {
  using Clock = std::chrono::steady_clock;
  const std::string name = std::string(kernels::name(isa)) + " " + what;
  if (name.find(filter) == std::string::npos) return;
  double least = 1e30, peak = 0;
  for (int round = 0; round < 4; ++round) {
    peak = std::max(peak, fma_peak_gflops(1, 0.02, isa));
    const auto start = Clock::now();
    while (std::chrono::duration<double>(Clock::now() - start).count() < 0.1) {
      const auto begin = Clock::now();
      f();
      least = std::min(least, std::chrono::duration<double>(Clock::now() - begin).count());
    }
  }
  const double rate = flops / least * 1e-9;
  fmt::print("{:52} {:9.1f} us {:7.1f} GFLOP/s {:5.0f} % of {:.0f}\n", name, least * 1e6, rate,
             100 * rate / peak, peak);
}

void bench_gemm(Isa isa, const Gemm& g) {
  const auto a = values(g.m * g.k), b = values(g.n * g.k);
  auto c = values(g.m * g.n);
  Floats scratch(gemm_scratch_size(g, isa));
  float* of_thread = scratch.data();
  const std::string what = fmt::format("gemm {}x{}x{} {}{}", g.m, g.n, g.k, g.trans_a ? "T" : "N",
                                       g.trans_b ? "T" : "N");
  measure(isa, what, 2.0 * g.m * g.n * g.k,
          [&] { gemm(g, a.data(), b.data(), c.data(), {}, 1, &of_thread, isa); });
}

void bench_conv(Isa isa, const Conv2d& c, ConvMethod method, const char* method_name) {
  if (method == ConvMethod::winograd && !winograd_applicable(c, isa)) return;
  const auto x = values(c.in_size()), w = values(c.weight_size());
  auto y = values(c.out_size());
  const std::string what = fmt::format("{} {}x{} {}->{} at {}", method_name, c.kernel_h, c.kernel_w,
                                       c.in_c, c.out_c, c.in_h);
  const auto forward = make_conv_forward(c, {}, method, isa);
  Floats packed(forward->packed_size()), scratch(forward->scratch_size());
  forward->prepare(w.data(), packed.data());
  measure(isa, what + " forward", c.flops(),
          [&] { forward->run(x.data(), packed.data(), y.data(), {}, scratch.data()); });
  const auto gradient = make_conv_backward_weights(c, method, isa);
  Floats sum(gradient->accumulator_size());
  scratch.resize(gradient->scratch_size());
  measure(isa, what + " backward weights", c.flops(),
          [&] { gradient->accumulate(x.data(), y.data(), sum.data(), scratch.data()); });
}

Conv2d same(int size, int in, int out, int kernel) {
  const int pad = kernel / 2;
  return {.in_h = size,
          .in_w = size,
          .in_c = in,
          .kernel_h = kernel,
          .kernel_w = kernel,
          .out_c = out,
          .pad_top = pad,
          .pad_bottom = pad,
          .pad_left = pad,
          .pad_right = pad};
}

void bench_all() {
  for (const Isa isa : supported_isas()) {
    if (isa == Isa::generic) continue;
    bench_gemm(isa, {.m = 128, .n = 256, .k = 784});
    bench_gemm(isa, {.m = 128, .n = 256, .k = 512, .trans_b = true});
    bench_gemm(isa, {.m = 784, .n = 256, .k = 128, .trans_a = true, .beta = 1});
    bench_gemm(isa, {.m = 128, .n = 256, .k = 6272});
    bench_gemm(isa, {.m = 128, .n = 3136, .k = 512, .trans_b = true});
    bench_gemm(isa, {.m = 6272, .n = 256, .k = 128, .trans_a = true, .beta = 1});
    bench_gemm(isa, {.m = 512, .n = 10, .k = 128, .trans_a = true, .beta = 1});
    bench_gemm(isa, {.m = 768, .n = 768, .k = 768});
    for (const auto& [method, name] :
         {std::pair{ConvMethod::direct, "direct"}, std::pair{ConvMethod::winograd, "winograd"}}) {
      bench_conv(isa, same(28, 1, 32, 3), method, name);
      bench_conv(isa, same(28, 32, 32, 3), method, name);
      bench_conv(isa, same(32, 3, 32, 3), method, name);
      bench_conv(isa, same(16, 64, 64, 3), method, name);
      bench_conv(isa, same(14, 256, 256, 3), method, name);
      bench_conv(isa, same(56, 64, 64, 1), method, name);
    }
  }
}

}  // namespace
}  // namespace pullback::kernels

int main(int argc, char** argv) {
  if (argc > 1) pullback::kernels::filter = argv[1];
  pullback::kernels::bench_all();
}
