#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "ir/builder.h"
#include "nn/model.h"
#include "passes/lower.h"
#include "print/stablehlo.h"
#include "tests/ir/op_cases.h"
#include "train/step.h"
#include "zoo/zoo.h"

namespace pullback {
namespace {

namespace fs = std::filesystem;

/// A folder of printed modules, removed at the end.
class ModuleFolder {
 public:
  ModuleFolder() {
    std::string path = (fs::temp_directory_path() / "pullback-modules-XXXXXX").string();
    PULLBACK_CHECK(mkdtemp(path.data()) != nullptr, path);
    path_ = path;
  }
  ~ModuleFolder() { fs::remove_all(path_); }
  void add(const std::string& name, const Graph& graph) {
    std::ofstream(path_ / (name + ".mlir")) << print_stablehlo(graph);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// Runs tests/oracles/verify_stablehlo.py with $PULLBACK_PYTHON or python3; its exit status.
int verify(const ModuleFolder& modules) {
  const char* python = std::getenv("PULLBACK_PYTHON");
  std::string command = std::string(python ? python : "python3") + " " + PULLBACK_ROOT +
                        "/tests/oracles/verify_stablehlo.py " + modules.path().string();
  int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#define SKIP_OR_EXPECT_ACCEPTED(status)                                                  \
  if (status == 77 || status == 127) {                                                   \
    GTEST_SKIP() << "no Python with jaxlib; set PULLBACK_PYTHON to one to verify texts"; \
  }                                                                                      \
  EXPECT_EQ(status, 0)

TEST(Jaxlib, accepts_every_op) {
  ModuleFolder modules;
  for (const test::OpCase& c : test::op_cases()) {
    if (!info_of(c.op).composite) modules.add(c.name, test::forward_graph(c));
  }
  int status = verify(modules);
  SKIP_OR_EXPECT_ACCEPTED(status);
}

TEST(Jaxlib, accepts_every_vjp) {
  ModuleFolder modules;
  for (const test::OpCase& c : test::op_cases()) {
    std::vector<bool> needs = test::differentiable(c);
    if (std::find(needs.begin(), needs.end(), true) == needs.end()) continue;
    modules.add(c.name, lower(test::vjp_graph(c, needs)));
  }
  int status = verify(modules);
  SKIP_OR_EXPECT_ACCEPTED(status);
}

TEST(Jaxlib, accepts_every_constant_and_name) {
  using K = Decimal::Kind;
  ModuleFolder modules;
  Graph g;
  Builder b(g);
  Type scalar{ElementType::i32, {}};
  for (const char* name : {"a", "x", "7", "3x3", "$new", "d.conv1_1-w$2", "_", ".", "-"}) {
    b.result(b.argument(name, scalar));
  }
  for (ElementType e : {ElementType::f32, ElementType::f64}) {
    for (Decimal d : {Decimal(0), Decimal(-78125, -7), Decimal(1, 30), Decimal(123, -40),
                      Decimal::special(K::infinity), Decimal::special(K::negative_infinity),
                      Decimal::special(K::nan)}) {
      b.result(b.constant({e, {2, 3}}, d));
      Type column{e, {1, 2, 1}};
      b.result(b.emit(Constant{.type = column, .values = {d, d}}, {}));
    }
    for (Shape empty : {Shape{0}, Shape{0, 3}, Shape{2, 0}}) {
      b.result(b.constant({e, empty}, 1));
      Constant nothing;
      nothing.type = {e, empty};
      b.result(b.emit(nothing, {}));
    }
  }
  b.result(b.constant(scalar, -2147483648LL));
  Type mask{ElementType::i1, {2}};
  b.result(b.emit(Constant{.type = mask, .values = {Decimal(0), Decimal(1)}}, {}));
  modules.add("constants", g);
  int status = verify(modules);
  SKIP_OR_EXPECT_ACCEPTED(status);
}

TEST(Jaxlib, accepts_every_train_step) {
  ModuleFolder modules;
  for (const Network& network : zoo()) {
    modules.add(network.name, lower(build_evaluation(network, 3).graph));
    Model model = build_training(network, 5);
    for (const std::string& optimizer : optimizer_names()) {
      TrainStep step =
          make_train_step(model.graph, model.parameters.size(), optimizer_named(optimizer));
      modules.add(network.name + "-" + optimizer, lower(step.graph));
    }
  }
  int status = verify(modules);
  SKIP_OR_EXPECT_ACCEPTED(status);
}

}  // namespace
}  // namespace pullback
