#pragma once

#include <cstdint>
#include <type_traits>

namespace pullback {

/// Cores that this process may run on.
int hardware_threads();

/// One thread's place in a team.
class Team {
 public:
  Team(int thread, int threads) : thread_(thread), threads_(threads) {}
  int thread() const { return thread_; }
  int threads() const { return threads_; }
  /// Waits until every thread of the team is here; writes before it are seen after it.
  void barrier() const;
  /// This thread's share [begin, end) of `count` items, cut at multiples of `granule`.
  int64_t begin(int64_t count, int64_t granule = 1) const { return cut(thread_, count, granule); }
  int64_t end(int64_t count, int64_t granule = 1) const { return cut(thread_ + 1, count, granule); }

 private:
  int64_t cut(int part, int64_t count, int64_t granule) const {
    if (part == threads_) return count;
    int64_t blocks = (count + granule - 1) / granule;
    int64_t at = blocks * part / threads_ * granule;
    return at < count ? at : count;
  }
  int thread_, threads_;
};

namespace internal {
void run_team(int threads, void (*call)(void*, const Team&), void* object);
}

/// Runs f(team) on `threads` threads, the caller's included, and waits for them. The threads stay
/// for the next call, and wait for it in a short spin before they sleep; nothing is allocated once
/// there are enough. `f` must not throw. From within a team, or while another thread runs one, the
/// caller's thread works alone (team.threads() is 1).
template <class F>
void parallel(int threads, F&& f) {
  using Function = std::remove_reference_t<F>;
  internal::run_team(
      threads, [](void* object, const Team& team) { (*static_cast<Function*>(object))(team); },
      const_cast<void*>(static_cast<const void*>(&f)));
}

}  // namespace pullback
