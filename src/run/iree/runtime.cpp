#include "run/iree/runtime.h"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <thread>

#include "base/error.h"
#include "run/iree/targets.h"
#include "run/packages/packages.h"

namespace pullback::iree {

namespace {

const Interface* load_interface(const std::string& path) {
  if (!std::filesystem::exists(path)) {
    throw Error(
        "IREE's runtime is not there; tools/iree builds it, once, from its sources\n"
        "  there is no file '" +
        path + "'");
  }
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == nullptr) throw Error("cannot load IREE's runtime: " + std::string(dlerror()));
  auto get = reinterpret_cast<GetInterface>(dlsym(library, "pullback_iree_interface"));
  if (get == nullptr) {
    throw Error("'" + path + "' is not the runtime that tools/iree builds: it has no function " +
                "pullback_iree_interface");
  }
  const Interface* found = get();
  if (found->version != interface_version) {
    throw Error("'" + path + "' has version " + std::to_string(found->version) +
                " of the interface, and this program needs " + std::to_string(interface_version) +
                "; build it again with\n  tools/iree");
  }
  return found;
}

/// IREE's message, without the places in its sources; as an Error if there is one.
void check(char* message, const std::string& doing) {
  if (message == nullptr) return;
  std::string text = message;
  runtime().free_message(message);
  throw Error("iree: cannot " + doing + ": " + text);
}

Element element_of(ElementType type) {
  switch (type) {
    case ElementType::f16:
      return Element::f16;
    case ElementType::bf16:
      return Element::bf16;
    case ElementType::f32:
      return Element::f32;
    case ElementType::f64:
      return Element::f64;
    case ElementType::i1:
      return Element::i1;
    case ElementType::i8:
      return Element::i8;
    case ElementType::i16:
      return Element::i16;
    case ElementType::i32:
      return Element::i32;
    case ElementType::i64:
      return Element::i64;
    case ElementType::ui8:
      return Element::u8;
    case ElementType::ui16:
      return Element::u16;
    case ElementType::ui32:
      return Element::u32;
    case ElementType::ui64:
      return Element::u64;
  }
  throw Error("iree: an element type that IREE does not have");
}

}  // namespace

std::string runtime_library() {
  const char* path = std::getenv("PULLBACK_IREE_RUNTIME");
  if (path != nullptr && path[0] != '\0') return path;
  return cache_folder() + "/backends/iree-runtime-" + package_named("iree").wheels.front().version +
         "/libpullback_iree.so";
}

const Interface& runtime() {
  static const Interface* loaded = load_interface(runtime_library());
  return *loaded;
}

DeviceHandle open_device(const std::string& device, int threads) {
  const Target& target = target_of(device);
  if (!target.driver_library.empty()) {
    void* driver = dlopen(target.driver_library.c_str(), RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
    if (driver == nullptr) {
      throw Error("iree: this machine has no driver for the device " + device + ": there is no " +
                  target.driver_library + "; install " + target.driver_name +
                  ", or take --device cpu");
    }
  }
  if (threads == 0) threads = static_cast<int>(std::thread::hardware_concurrency());
  Device* opened = nullptr;
  check(runtime().open(target.driver.c_str(), threads, &opened), "open the device " + device);
  return DeviceHandle(opened);
}

ProgramHandle load_program(Device* device, std::string_view module, const std::string& doing) {
  Program* program = nullptr;
  check(runtime().load(device, module.data(), module.size(), &program), doing);
  return ProgramHandle(program);
}

BufferHandle upload(Program* program, const Type& type, std::span<const std::byte> bytes,
                    const std::string& doing) {
  Buffer* buffer = nullptr;
  iree::Shape shape{element_of(type.element), type.shape.size(), type.shape.data()};
  check(runtime().upload(program, shape, bytes.data(), bytes.size(), &buffer), doing);
  return BufferHandle(buffer);
}

void read(Program* program, const Buffer* buffer, std::span<std::byte> bytes,
          const std::string& doing) {
  check(runtime().read(program, buffer, bytes.data(), bytes.size()), doing);
}

std::vector<BufferHandle> run(Program* program, const std::vector<BufferHandle>& arguments,
                              size_t results, const std::string& doing) {
  std::vector<Buffer*> in, out(results);
  for (const BufferHandle& argument : arguments) in.push_back(argument.get());
  char* message = runtime().run(program, in.data(), in.size(), out.data(), out.size());
  std::vector<BufferHandle> made;
  for (Buffer* buffer : out) made.emplace_back(buffer);
  check(message, doing);
  return made;
}

}  // namespace pullback::iree
