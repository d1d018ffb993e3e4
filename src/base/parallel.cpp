#include "base/parallel.h"

#include <sched.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace pullback {

int hardware_threads() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
  unsigned count = std::thread::hardware_concurrency();
  return count == 0 ? 1 : static_cast<int>(count);
}

namespace {

void relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

/// Waits until `value` differs from `old`: spins for some tens of microseconds, then lets others
/// run, then sleeps.
uint32_t wait_for_change(const std::atomic<uint32_t>& value, uint32_t old, bool spin) {
  constexpr int spins = 3000, yields = 100;
  for (int i = spin ? 0 : spins; i < spins + yields; ++i) {
    uint32_t now = value.load(std::memory_order_acquire);
    if (now != old) return now;
    if (i < spins) {
      relax();
    } else {
      std::this_thread::yield();
    }
  }
  for (;;) {
    value.wait(old, std::memory_order_acquire);
    uint32_t now = value.load(std::memory_order_acquire);
    if (now != old) return now;
  }
}

thread_local bool in_team = false;

/// The process's worker threads. A call hands out one job by changing the word that they wait for,
/// which also holds the job's number of threads: workers from that number on have no part in it.
class Pool {
 public:
  static Pool& get() {
    static Pool* pool = new Pool;  // never destroyed: its threads run until the process ends
    return *pool;
  }

  bool try_run(int threads, void (*call)(void*, const Team&), void* object) {
    std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock) return false;
    while (static_cast<int>(workers_.size()) < threads - 1) start_worker();
    call_ = call;
    object_ = object;
    spin_ = threads <= cores_;
    left_.store(static_cast<uint32_t>(threads - 1), std::memory_order_relaxed);
    job_.store((++jobs_ << thread_bits) | static_cast<uint32_t>(threads),
               std::memory_order_release);
    job_.notify_all();
    in_team = true;
    call(object, Team(0, threads));
    in_team = false;
    for (uint32_t left; (left = left_.load(std::memory_order_acquire)) != 0;) {
      wait_for_change(left_, left, spin_);
    }
    return true;
  }

  void barrier(int threads) {
    uint32_t phase = phase_.load(std::memory_order_acquire);
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == static_cast<uint32_t>(threads)) {
      arrived_.store(0, std::memory_order_relaxed);
      phase_.fetch_add(1, std::memory_order_release);
      phase_.notify_all();
    } else {
      wait_for_change(phase_, phase, spin_);
    }
  }

 private:
  static constexpr uint32_t thread_bits = 12;

  void start_worker() {
    int index = static_cast<int>(workers_.size()) + 1;
    uint32_t seen = job_.load(std::memory_order_relaxed);
    workers_.emplace_back([this, index, seen] { work(index, seen); }).detach();
  }

  void work(int index, uint32_t seen) {
    in_team = true;
    for (;;) {
      seen = wait_for_change(job_, seen, spin_);
      int threads = static_cast<int>(seen & ((1U << thread_bits) - 1));
      if (index >= threads) continue;
      call_(object_, Team(index, threads));
      if (left_.fetch_sub(1, std::memory_order_acq_rel) == 1) left_.notify_all();
    }
  }

  std::mutex mutex_;
  std::vector<std::thread> workers_;
  void (*call_)(void*, const Team&) = nullptr;
  void* object_ = nullptr;
  uint32_t jobs_ = 0;
  const int cores_ = hardware_threads();
  std::atomic<bool> spin_{true};  ///< no use where threads share cores
  alignas(64) std::atomic<uint32_t> job_{0};
  alignas(64) std::atomic<uint32_t> left_{0};
  alignas(64) std::atomic<uint32_t> arrived_{0};
  alignas(64) std::atomic<uint32_t> phase_{0};
};

}  // namespace

void Team::barrier() const {
  if (threads_ > 1) Pool::get().barrier(threads_);
}

void internal::run_team(int threads, void (*call)(void*, const Team&), void* object) {
  if (threads > 1 && !in_team && Pool::get().try_run(threads, call, object)) return;
  call(object, Team(0, 1));
}

}  // namespace pullback
