#include "run/pjrt/advice.h"

namespace pullback::pjrt {

namespace {

bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

std::string advice(const PluginError& error, const std::string& device) {
  std::string message = error.what();
  bool gpu = device == "cuda" || device == "rocm";
  if (error.code == abi::resource_exhausted || contains(message, "ut of memory")) {
    std::string more =
        gpu ? ", or a larger share of the GPU's memory: PULLBACK_GPU_MEMORY=0.95" : "";
    return "out of memory: take a smaller --batch" + more;
  }
  if (contains(message, "No visible GPU") || contains(message, "no supported devices")) {
    return "no GPU is to be seen here: is there one, with its driver (nvidia-smi, rocminfo)? "
           "Without, use --device cpu";
  }
  if (contains(message, "GPU backend") || contains(message, "CUDA_ERROR") ||
      contains(message, "cuInit") || contains(message, "hipError")) {
    return "the GPU or its driver refuses: nvidia-smi or rocminfo should list it; --device cpu "
           "needs none";
  }
  if (error.code == abi::unimplemented || contains(message, "not implemented") ||
      contains(message, "unregistered operation") || contains(message, "unknown op")) {
    return "this plugin does not have that op: take a newer plugin, or --backend native or interp";
  }
  return "if the plugin is at fault, take another (PULLBACK_PJRT_PLUGIN), or --backend native";
}

}  // namespace

Error explained(const PluginError& error, const std::string& device, const std::string& doing) {
  std::string message = error.what();
  while (message.ends_with("\n")) message.pop_back();
  return Error("pjrt on " + device + ": cannot " + doing + ": " + message + "\n  " +
               advice(error, device));
}

}  // namespace pullback::pjrt
