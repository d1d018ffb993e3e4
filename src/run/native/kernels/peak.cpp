#include "run/native/kernels/peak.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "base/parallel.h"
#include "run/native/kernels/impl/table.h"

namespace pullback::kernels {

double fma_peak_gflops(int threads, double seconds, Isa isa) {
  using Clock = std::chrono::steady_clock;
  const PeakTable& table = PULLBACK_SELECT_TABLE(isa, peak_table);
  const int64_t rounds = 100'000;  // about half a millisecond
  const auto start = Clock::now();
  double best = 0;
  do {
    std::vector<double> operations(static_cast<size_t>(threads)), busy(operations.size());
    parallel(threads, [&](const Team& team) {
      float sink = 0;
      team.barrier();
      const auto begin = Clock::now();
      const size_t t = static_cast<size_t>(team.thread());
      operations[t] = table.multiply_adds(rounds, 0.9999f, 1e-6f, &sink);
      busy[t] = std::chrono::duration<double>(Clock::now() - begin).count() + (sink > 1e30f);
    });
    double total = 0, longest = 1e-30;
    for (size_t t = 0; t < busy.size(); ++t) {
      total += operations[t];
      longest = std::max(longest, busy[t]);
    }
    best = std::max(best, total / longest * 1e-9);
  } while (std::chrono::duration<double>(Clock::now() - start).count() < seconds);
  return best;
}

}  // namespace pullback::kernels
