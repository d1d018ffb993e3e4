#pragma once

#include <cstddef>
#include <cstdint>

/// What libpullback_mpi.so gives: its one symbol is `pullback_mpi`, of type PullbackMpi. Functions
/// return 0, or MPI's error code with its text in `message`.
extern "C" struct PullbackMpi {
  int32_t version;  ///< of this struct: pullback_mpi_version
  int (*join)(int* rank, int* count, int* on_this_machine);
  int (*sum_f32)(float* values, size_t count);
  int (*sum_f64)(double* values, size_t count);
  int (*sum_i32)(int32_t* values, size_t count);
  int (*broadcast)(void* bytes, size_t count);
  /// Waits for all processes, asleep.
  int (*wait)();
  void (*leave)();
  /// Ends all processes of the run.
  void (*abort)(int status);
  const char* (*message)();
};

inline constexpr int32_t pullback_mpi_version = 1;
