#include "run/packages/packages.h"

#include <cstdlib>
#include <filesystem>

#include "base/error.h"
#include "base/text.h"

namespace pullback {

namespace {

std::vector<Package> make_packages() {
  return {
      {.name = "xla-cpu",
       .backend = "pjrt",
       .device = "cpu",
       .what = "XLA's CPU compiler",
       .needs = "",
       .library = "lammps_jax_pjrt_cpu/pjrt_c_api_cpu_plugin.so",
       .wheels = {{"lammps-jax-pjrt-cpu", "0.11.2",
                   "lammps_jax_pjrt_cpu-0.11.2-py3-none-manylinux_2_27_x86_64.whl",
                   "1319390d948b39f69f7dade496b7c385149d9ca6097a6b62114da113216d9ad1", 62711338}}},
      {.name = "xla-cuda",
       .backend = "pjrt",
       .device = "cuda",
       .what = "XLA's compiler for NVIDIA GPUs",
       .needs = "an NVIDIA driver, and the libraries of CUDA 13 (cuDNN 9 among them)",
       .library = "jax_plugins/xla_cuda13/xla_cuda_plugin.so",
       .wheels = {{"jax-cuda13-pjrt", "0.12.0.1",
                   "jax_cuda13_pjrt-0.12.0.1-py3-none-manylinux_2_27_x86_64.whl",
                   "5899bb6177eda86ea532afb9a26794f2bdd04966f6a01f9028266b16c2b6cf90", 134922808}}},
      {.name = "xla-rocm",
       .backend = "pjrt",
       .device = "rocm",
       .what = "XLA's compiler for AMD GPUs",
       .needs = "the libraries of ROCm 7",
       .library = "jax_plugins/xla_rocm7/xla_rocm_plugin.so",
       .wheels = {{"jax-rocm7-pjrt", "0.12.0",
                   "jax_rocm7_pjrt-0.12.0-py3-none-manylinux_2_27_x86_64.whl",
                   "4551d0714523355f2946ca1958c3f584e95661e467a641d36b726f718a1c7934", 133415872}}},
      {.name = "iree",
       .backend = "iree",
       .device = "cpu",
       .what = "IREE's compiler",
       .needs = "its runtime, which tools/iree builds",
       .library = "iree/compiler/_mlir_libs/iree-compile",
       .wheels = {{"iree-base-compiler", "3.13.0",
                   "iree_base_compiler-3.13.0-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_"
                   "x86_64.whl",
                   "6e1f83dc404f5dcdd76354a869cbbb389bd3f93b4623096de3195799ceb323a7", 83606091}}},
      {.name = "xla-cpu-wrong",
       .backend = "pjrt",
       .device = "",
       .what = "for tests: an XLA that computes wrong, and the C header of PJRT",
       .needs = "",
       .library = "xla_plugins/xla_cpu_pjrt/xla_cpu_pjrt.so",
       .wheels = {{"xla-cpu-pjrt", "0.0.1", "xla_cpu_pjrt-0.0.1-py3-none-manylinux_2_27_x86_64.whl",
                   "55837b6b7b47daa717f2d9a5a03563ea0ceaa338d06a81a1e2d3f060d960decc", 63461052}}},
  };
}

}  // namespace

int64_t Package::bytes() const {
  int64_t sum = 0;
  for (const Wheel& wheel : wheels) sum += wheel.bytes;
  return sum;
}

const std::vector<Package>& packages() {
  static const std::vector<Package> all = make_packages();
  return all;
}

const Package& package_named(const std::string& name) {
  std::vector<std::string> names;
  for (const Package& package : packages()) {
    if (package.name == name) return package;
    names.push_back(package.name);
  }
  throw Error("there is no package '" + name + "'; choose one of " + join(names));
}

std::string cache_folder() {
  const char* xdg = std::getenv("XDG_CACHE_HOME");
  if (xdg != nullptr && xdg[0] == '/') return std::string(xdg) + "/pullback";
  const char* home = std::getenv("HOME");
  if (home == nullptr || home[0] == '\0') {
    throw Error("set HOME or XDG_CACHE_HOME, the folder below which backends are kept");
  }
  return std::string(home) + "/.cache/pullback";
}

std::string folder_of(const Package& package) {
  return cache_folder() + "/backends/" + package.name + "-" + package.wheels.front().version;
}

std::string library_of(const Package& package) {
  return folder_of(package) + "/" + package.library;
}

bool is_installed(const Package& package) {
  std::error_code ignored;
  return std::filesystem::exists(library_of(package), ignored);
}

std::string install_command(const Package& package) {
  return "pullback backends install " + package.name;
}

}  // namespace pullback
