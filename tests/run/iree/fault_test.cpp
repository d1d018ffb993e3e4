#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <thread>

#include "base/error.h"
#include "base/file.h"
#include "run/executable.h"
#include "run/iree/compiler.h"
#include "run/iree/runtime.h"
#include "tests/temporary_folder.h"

namespace pullback::test {
namespace {

const std::string text = "module @f {\n}\n";

/// A compiler that is a script, and a cache of its own.
class IreeFaults : public TemporaryFolder {
 protected:
  void SetUp() override { setenv("XDG_CACHE_HOME", path("cache").c_str(), 1); }
  void TearDown() override {
    for (const char* name : {"XDG_CACHE_HOME", "PULLBACK_IREE_COMPILER", "PULLBACK_IREE_RUNTIME"}) {
      unsetenv(name);
    }
  }

  /// `body` runs in sh, with $1 the text's file and $3 the module's.
  void compiler(const std::string& body, const std::string& version = "1.0") {
    std::string file =
        write("iree-compile",
              "#!/bin/sh\nif [ \"$1\" = --version ]; then\n  echo '  IREE compiler version " +
                  version + "'\n  exit\nfi\n" + body + "\n");
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    setenv("PULLBACK_IREE_COMPILER", file.c_str(), 1);
  }

  std::string message() {
    try {
      iree::compile_module(text, "step.mlir", "cpu");
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }

  size_t cached() const {
    std::string cache = path("cache/pullback/iree");
    if (!std::filesystem::exists(cache)) return 0;
    auto begin = std::filesystem::directory_iterator(cache);
    return static_cast<size_t>(std::distance(begin, std::filesystem::directory_iterator()));
  }
};

TEST_F(IreeFaults, a_killed_compiler_is_named) {
  compiler("kill -9 $$");
  EXPECT_EQ(message(),
            "iree: the compiler was ended by signal 9 (Killed) on step.mlir; if that was not you, "
            "the machine may be short of memory, or it is a fault of iree-compile: run the program "
            "with --backend native");
  EXPECT_EQ(cached(), 0u);
}

TEST_F(IreeFaults, a_refused_program_has_the_compilers_message_and_the_texts_name) {
  compiler("echo \"$1:2:3: error: no such op\" >&2; exit 1");
  EXPECT_EQ(message(),
            "iree: the compiler refuses step.mlir (it ended with status 1)\n"
            "  step.mlir:2:3: error: no such op");
  EXPECT_EQ(cached(), 0u);
}

TEST_F(IreeFaults, a_compiler_that_makes_nothing_is_named) {
  compiler("exit 0");
  EXPECT_EQ(message(), "iree: the compiler refuses step.mlir (it ended with status 0)");
}

TEST_F(IreeFaults, another_program_is_no_compiler) {
  setenv("PULLBACK_IREE_COMPILER", "/bin/true", 1);
  EXPECT_EQ(message(),
            "'/bin/true' is no IREE compiler: asked for its version, it ended with status 0");
  setenv("PULLBACK_IREE_COMPILER", "/nowhere/iree-compile", 1);
  EXPECT_EQ(message(),
            "PULLBACK_IREE_COMPILER is '/nowhere/iree-compile', and there is no such file");
  unsetenv("PULLBACK_IREE_COMPILER");
  EXPECT_EQ(message(),
            "this machine has no IREE compiler; install it (84 MB) with\n"
            "  pullback backends install iree");
}

TEST_F(IreeFaults, a_module_is_compiled_once_for_a_text_and_a_version) {
  // The module is the text itself: it comes as it is, byte for byte.
  std::string count = "echo again >>'" + path("") + "/runs'; cp \"$1\" \"$3\"";
  compiler(count);
  EXPECT_EQ(iree::compile_module(text, "a.mlir", "cpu"), text);
  EXPECT_EQ(iree::compile_module(text, "b.mlir", "cpu"), text);
  EXPECT_EQ(read_file(path("runs")), "again\n");
  EXPECT_EQ(iree::compile_module(text + " ", "a.mlir", "cpu"), text + " ");
  EXPECT_EQ(iree::compile_module(text, "a.mlir", "vulkan"), text);
  compiler(count, "1.1");
  EXPECT_EQ(iree::compile_module(text, "a.mlir", "cpu"), text);
  EXPECT_EQ(read_file(path("runs")), "again\nagain\nagain\nagain\n");
  EXPECT_EQ(cached(), 4u);
}

TEST_F(IreeFaults, threads_compile_the_same_text_at_once) {
  compiler("cp \"$1\" \"$3\"");
  std::vector<std::string> modules(8);
  std::vector<std::thread> threads;
  for (std::string& module : modules) {
    threads.emplace_back([&] { module = iree::compile_module(text, "a.mlir", "cpu"); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(modules, std::vector<std::string>(8, text));
  EXPECT_EQ(cached(), 1U);
}

TEST_F(IreeFaults, flags_for_speed_that_are_refused_are_left_out) {
  compiler("case \"$*\" in *data-tiling*) exit 1 ;; esac; cp \"$1\" \"$3\"");
  EXPECT_EQ(iree::compile_module(text, "a.mlir", "cpu"), text);
}

TEST_F(IreeFaults, the_runtime_is_asked_for) {
  compiler("exit 1");
  std::string library = path("cache/pullback/backends/iree-runtime-3.13.0/libpullback_iree.so");
  EXPECT_EQ(iree::runtime_library(), library);
  try {
    iree::open_device("cpu", 1);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.what(),
              "IREE's runtime is not there; tools/iree builds it, once, from its sources\n"
              "  there is no file '" +
                  library + "'");
  }
  setenv("PULLBACK_IREE_RUNTIME", "/etc/hostname", 1);
  EXPECT_THROW(iree::open_device("cpu", 1), Error);
}

TEST_F(IreeFaults, devices_without_a_driver_are_named) {
  for (const std::string& device : devices_of("iree")) {
    if (device == "cpu") continue;
    try {
      iree::open_device(device, 1);
      GTEST_SKIP() << "this machine has a driver for " << device;
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).rfind("iree: this machine has no driver", 0), 0u)
          << error.what();
    }
  }
}

}  // namespace
}  // namespace pullback::test
