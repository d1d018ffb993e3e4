#include <mpi.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "run/processes/interface.h"

namespace {

char text[MPI_MAX_ERROR_STRING];

int checked(int code) {
  if (code == MPI_SUCCESS) return 0;
  int length = 0;
  MPI_Error_string(code, text, &length);
  text[std::clamp(length, 0, MPI_MAX_ERROR_STRING - 1)] = 0;
  return code;
}

/// MPI counts in int.
constexpr size_t most = size_t{1} << 30;

template <class T>
int sum(T* values, size_t count, MPI_Datatype type) {
  for (; count > 0;) {
    size_t now = std::min(count, most);
    int code =
        MPI_Allreduce(MPI_IN_PLACE, values, static_cast<int>(now), type, MPI_SUM, MPI_COMM_WORLD);
    if (code != MPI_SUCCESS) return checked(code);
    values += now;
    count -= now;
  }
  return 0;
}

int join(int* rank, int* count, int* on_this_machine) {
  // Threads of Pullback's team compute, but the one that joined makes all calls.
  int provided = 0;
  if (int code = checked(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided))) {
    return code;
  }
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  MPI_Comm here;
  int code = MPI_Comm_rank(MPI_COMM_WORLD, rank);
  if (code == MPI_SUCCESS) code = MPI_Comm_size(MPI_COMM_WORLD, count);
  if (code == MPI_SUCCESS) {
    code = MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &here);
  }
  if (code == MPI_SUCCESS) code = MPI_Comm_size(here, on_this_machine);
  if (code == MPI_SUCCESS) code = MPI_Comm_free(&here);
  return checked(code);
}

int broadcast(void* bytes, size_t count) {
  auto* next = static_cast<char*>(bytes);
  for (; count > 0;) {
    size_t now = std::min(count, most);
    int code = MPI_Bcast(next, static_cast<int>(now), MPI_BYTE, 0, MPI_COMM_WORLD);
    if (code != MPI_SUCCESS) return checked(code);
    next += now;
    count -= now;
  }
  return 0;
}

int wait() {
  MPI_Request request;
  if (int code = checked(MPI_Ibarrier(MPI_COMM_WORLD, &request))) return code;
  for (int done = 0;;) {
    if (int code = checked(MPI_Test(&request, &done, MPI_STATUS_IGNORE))) return code;
    if (done) return 0;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

}  // namespace

extern "C" __attribute__((visibility("default"))) const PullbackMpi pullback_mpi = {
    pullback_mpi_version,
    join,
    [](float* values, size_t count) { return sum(values, count, MPI_FLOAT); },
    [](double* values, size_t count) { return sum(values, count, MPI_DOUBLE); },
    [](int32_t* values, size_t count) { return sum(values, count, MPI_INT32_T); },
    broadcast,
    wait,
    [] { MPI_Finalize(); },
    [](int status) { MPI_Abort(MPI_COMM_WORLD, status); },
    [] { return static_cast<const char*>(text); }};
