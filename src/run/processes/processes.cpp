#include "run/processes/processes.h"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.h"
#include "run/processes/interface.h"

namespace pullback {

namespace fs = std::filesystem;

namespace {

class Mpi : public Processes {
 public:
  explicit Mpi(const PullbackMpi& mpi) : mpi_(mpi) {
    check(mpi_.join(&rank_, &count_, &here_), "join");
  }
  ~Mpi() override { mpi_.leave(); }

  int rank() const override { return rank_; }
  int count() const override { return count_; }
  int on_this_machine() const override { return here_; }

  void sum(ElementType element, std::span<std::byte> values) override {
    size_t n = values.size() / byte_size(element);
    void* data = values.data();
    if (element == ElementType::f32)
      return check(mpi_.sum_f32(static_cast<float*>(data), n), "sum");
    if (element == ElementType::f64) {
      return check(mpi_.sum_f64(static_cast<double*>(data), n), "sum");
    }
    if (element == ElementType::i32) {
      return check(mpi_.sum_i32(static_cast<int32_t*>(data), n), "sum");
    }
    throw Error("all_reduce over processes adds f32, f64 and i32, not " +
                std::string(to_string(element)));
  }
  void take_first(std::span<std::byte> bytes) override {
    check(mpi_.broadcast(bytes.data(), bytes.size()), "broadcast");
  }
  void wait() override { check(mpi_.wait(), "wait"); }
  void abort(int status) override {
    mpi_.abort(status);
    std::_Exit(status);
  }

 private:
  void check(int code, const char* call) const {
    if (code == 0) return;
    throw Error("process " + std::to_string(rank_) + ": MPI's " + call +
                " failed: " + mpi_.message() +
                "; was another process killed, or the network lost? go on with "
                "pullback train --resume, started by mpirun again");
  }

  const PullbackMpi& mpi_;
  int rank_ = 0, count_ = 1, here_ = 1;
};

/// Processes that a launcher says there are: Open MPI's, or that of MPICH and Slurm.
int processes_started() {
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}) {
    if (const char* value = std::getenv(name)) return std::atoi(value);
  }
  return 1;
}

std::string component() {
  if (const char* file = std::getenv("PULLBACK_MPI")) return file;
  std::error_code ignored;
  fs::path here = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  for (const fs::path& folder : {here, here.parent_path() / "lib/pullback"}) {
    fs::path file = folder / "libpullback_mpi.so";
    if (fs::exists(file, ignored)) return file;
  }
  return "";
}

}  // namespace

std::shared_ptr<Processes> join_processes() {
  int started = processes_started();
  if (started <= 1) return nullptr;
  std::string file = component();
  std::string head = "mpirun started " + std::to_string(started) + " processes, but ";
  if (file.empty()) {
    throw Error(head +
                "this Pullback was built without MPI; install it and build again: "
                "apt-get install libopenmpi-dev openmpi-bin");
  }
  // MPI's own plugins look for its symbols in the whole program.
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (!library) throw Error(head + "MPI cannot be loaded: " + dlerror());
  auto* mpi = static_cast<const PullbackMpi*>(dlsym(library, "pullback_mpi"));
  if (!mpi) throw Error(head + "'" + file + "' is not Pullback's component for MPI");
  if (mpi->version != pullback_mpi_version) {
    throw Error(head + "'" + file + "' is of another version of Pullback (" +
                std::to_string(mpi->version) + ", not " + std::to_string(pullback_mpi_version) +
                "); build it again");
  }
  return std::make_shared<Mpi>(*mpi);
}

}  // namespace pullback
