#include "run/pjrt/plugin.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "run/executable.h"
#include "run/packages/packages.h"
#include "run/pjrt/startup_check.h"
#include "tests/run/pjrt/support.h"
#include "tests/temporary_folder.h"

namespace pullback::pjrt {
namespace {

constexpr const char* program =
    "module @f {\n"
    "  func.func public @main(%a: tensor<2xf32>) -> tensor<2xf32> {\n"
    "    %b = stablehlo.add %a, %a : tensor<2xf32>\n"
    "    return %b : tensor<2xf32>\n  }\n}\n";

/// Sets an environment variable for a test.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    setenv(name, value.c_str(), 1);
  }
  ~Variable() { old_.empty() ? unsetenv(name_) : setenv(name_, old_.c_str(), 1); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  std::string old_;
};

/// The message of what f throws, or "".
template <class F>
std::string message_of(F f) {
  try {
    f();
    return "";
  } catch (const Error& error) {
    return error.what();
  }
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class Plugins : public TemporaryFolder {};

TEST_F(Plugins, a_missing_one_gets_the_command_that_installs_it) {
  Variable cache("XDG_CACHE_HOME", path("cache")), none("PULLBACK_PJRT_PLUGIN", "");
  std::string message = message_of([] { compile("pjrt", program, "f.mlir", {}); });
  EXPECT_TRUE(contains(message, "pullback backends install xla-cpu")) << message;
  message = message_of([] { compile("pjrt", program, "f.mlir", {.device = "cuda"}); });
  EXPECT_TRUE(contains(message, "pullback backends install xla-cuda")) << message;
  message = message_of([] { compile("pjrt", program, "f.mlir", {.device = "npu"}); });
  EXPECT_EQ(message, "--device is 'npu'; --backend pjrt has one of cpu, cuda, rocm, tpu");
  message = message_of([] { compile("native", program, "f.mlir", {.device = "cuda"}); });
  EXPECT_EQ(message, "--device is 'cuda'; --backend native has cpu");
}

TEST_F(Plugins, what_is_none_is_named) {
  Variable absent("PULLBACK_PJRT_PLUGIN", path("absent.so"));
  EXPECT_TRUE(contains(message_of([] { find_plugin("cpu"); }), "there is no such file"));
  std::string text = message_of([&] { Plugin::load(write("text.so", "no library")); });
  EXPECT_TRUE(contains(text, "cannot load the PJRT plugin '" + path("text.so"))) << text;
  text = message_of([] { Plugin::load("libm.so.6"); });
  EXPECT_EQ(text, "'libm.so.6' is no PJRT plugin: it has no function GetPjrtApi");
}

/// A program run by the faulty plugin, in a process of its own: plugins stay loaded.
std::string message_with_fault(const std::string& fault, const std::string& cache) {
  std::string real = find_plugin("cpu");
  Variable cached("XDG_CACHE_HOME", cache), kind("PULLBACK_TEST_FAULT", fault),
      of("PULLBACK_TEST_PLUGIN", real), plugin("PULLBACK_PJRT_PLUGIN", PULLBACK_FAULTY_PLUGIN);
  return message_of([] {
    auto executable = compile("pjrt", program, "f.mlir", {});
    executable->run();
  });
}

TEST_F(Plugins, one_that_computes_wrong_is_refused) {
  SKIP_WITHOUT_PLUGIN();
  std::string message = message_with_fault("wrong", path("cache"));
  EXPECT_TRUE(contains(message, "computes wrong: after two steps 'dense1.weight' differs"))
      << message;
  EXPECT_TRUE(contains(message, "take another one")) << message;
}

TEST_F(Plugins, one_of_another_version_is_refused) {
  SKIP_WITHOUT_PLUGIN();
  std::string message = message_with_fault("version", path("cache"));
  EXPECT_TRUE(contains(message, "speaks version 7.")) << message;
}

TEST_F(Plugins, one_without_memory_gets_advice) {
  SKIP_WITHOUT_PLUGIN();
  std::string message = message_with_fault("memory", path("cache"));
  EXPECT_TRUE(contains(message,
                       "Out of memory allocating 17179869184 bytes.\n  out of memory: "
                       "take a smaller --batch"))
      << message;
}

TEST_F(Plugins, the_verdict_is_kept) {
  SKIP_WITHOUT_PLUGIN();
  std::string real = find_plugin("cpu");
  Variable cached("XDG_CACHE_HOME", path("cache")), plugin("PULLBACK_PJRT_PLUGIN", real);
  auto executable = compile("pjrt", program, "f.mlir", {});
  executable->set_argument(0, Tensor({2}, std::vector<float>{1, 2}));
  executable->run();
  EXPECT_EQ(executable->result(0), Tensor({2}, std::vector<float>{2, 4}));
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(path("cache/pullback/checked"))) {
    files += entry.is_regular_file();
  }
  EXPECT_EQ(files, 2U);
}

// Published, and wrong from the second step on with donated buffers where it uses XNNPACK.
TEST_F(Plugins, a_known_fault_is_found_and_mended) {
  const Package& package = package_named("xla-cpu-wrong");
  if (!is_installed(package)) GTEST_SKIP() << "pullback backends install xla-cpu-wrong";
  auto client = Client::open(Plugin::load(library_of(package)), {});
  Settings all_xnnpack{
      {"xla_cpu_experimental_xnn_graph_fusion_mode", "XNN_GRAPH_FUSION_MODE_BYPASS_COST_MODEL"}};
  EXPECT_TRUE(contains(wrong_steps(client, all_xnnpack), "without donated buffers"));
  EXPECT_EQ(wrong_steps(client, {{"xla_cpu_use_xnnpack", false}}), "");
  Variable cached("XDG_CACHE_HOME", path("cache"));
  EXPECT_EQ(checked_settings(client), (Settings{{"xla_cpu_use_xnnpack", false}}));
}

}  // namespace
}  // namespace pullback::pjrt
