#include "run/iree/targets.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace pullback::iree {

namespace {

const std::vector<Target>& targets() {
  // On the CPU, data tiling made the MLP's step 1.4 times as fast, im2col the CNN's twice, the
  // host's instruction set both twice.
  static const std::vector<Target> all{
      {.device = "cpu",
       .driver = "local-task",
       .driver_library = "",
       .driver_name = "",
       .fast = {"--iree-opt-data-tiling=true", "--iree-global-opt-use-im2col-for-convs=true"},
       .flags = {"--iree-hal-target-device=local",
                 "--iree-hal-local-target-device-backends=llvm-cpu",
                 "--iree-llvmcpu-target-cpu=host"}},
      {.device = "cuda",
       .driver = "cuda",
       .driver_library = "libcuda.so.1",
       .driver_name = "NVIDIA's driver",
       .fast = {},
       .flags = {"--iree-hal-target-device=cuda"}},
      {.device = "rocm",
       .driver = "hip",
       .driver_library = "libamdhip64.so",
       .driver_name = "AMD's ROCm",
       .fast = {},
       .flags = {"--iree-hal-target-device=hip"}},
      {.device = "vulkan",
       .driver = "vulkan",
       .driver_library = "libvulkan.so.1",
       .driver_name = "Vulkan's loader and a GPU's driver (apt-get install libvulkan1)",
       .fast = {},
       .flags = {"--iree-hal-target-device=vulkan"}},
  };
  return all;
}

}  // namespace

const std::vector<std::string>& device_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const Target& target : targets()) all.push_back(target.device);
    return all;
  }();
  return names;
}

const Target& target_of(const std::string& device) {
  for (const Target& target : targets()) {
    if (target.device == device) return target;
  }
  throw Error("--device is '" + device + "'; for --backend iree it is one of " +
              join(device_names()));
}

}  // namespace pullback::iree
