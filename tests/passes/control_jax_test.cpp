#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "autodiff/backward.h"
#include "base/file.h"
#include "interp/interpreter.h"
#include "parse/stablehlo.h"
#include "passes/selects.h"
#include "passes/unroll.h"
#include "print/stablehlo.h"

/// Loops and branches as JAX exports them: values and gradients against JAX's own, in f64.
namespace pullback {
namespace {

Tensor read_tensor(const std::string& path, const Type& type) {
  std::string bytes = read_file(path);
  Tensor tensor(type);
  EXPECT_EQ(bytes.size(), type.bytes()) << path;
  std::memcpy(tensor.bytes().data(), bytes.data(), std::min(bytes.size(), type.bytes()));
  return tensor;
}

void expect_same(const Tensor& ours, const std::string& path) {
  Tensor theirs = read_tensor(path, ours.type());
  double scale = 1e-300;
  for (int64_t i = 0; i < ours.count(); ++i) scale = std::max(scale, std::abs(theirs.at(i)));
  for (int64_t i = 0; i < ours.count(); ++i) {
    EXPECT_LE(std::abs(ours.at(i) - theirs.at(i)), 1e-9 * scale)
        << path << " " << ours.at(i) << ", JAX " << theirs.at(i);
  }
}

struct Program {
  std::string stem;
  Graph graph;
  std::vector<Tensor> arguments;
  Values wrt;  ///< with a gradient file

  explicit Program(const std::filesystem::path& file)
      : stem((file.parent_path() / file.stem()).string()),
        graph(parse_stablehlo(read_file(file.string()), file.filename().string())) {
    for (size_t k = 0; k < graph.arguments.size(); ++k) {
      std::string number = std::to_string(k);
      arguments.push_back(read_tensor(stem + ".in" + number, graph.arguments[k].type));
      if (std::filesystem::exists(stem + ".grad" + number)) {
        wrt.push_back({static_cast<int32_t>(k)});
      }
    }
  }

  void check_values(const Graph& g) const {
    std::vector<Tensor> results = evaluate(g, arguments);
    for (size_t k = 0; k < results.size(); ++k) {
      expect_same(results[k], stem + ".out" + std::to_string(k));
    }
  }

  void check_gradients(Graph g) const {
    Builder b(g);
    Backward backward = add_backward(b, g.results[0], wrt);
    g.results.clear();
    for (Value v : wrt) g.results.push_back(backward.cotangents[static_cast<size_t>(v.id)]);
    verify(g);
    EXPECT_EQ(parse_stablehlo(print_stablehlo(g), "grad"), g);
    std::vector<Tensor> gradients = evaluate(g, arguments);
    for (size_t k = 0; k < wrt.size(); ++k) {
      expect_same(gradients[k], stem + ".grad" + std::to_string(wrt[k].id));
    }
  }
};

class Jax : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    const char* python = std::getenv("PULLBACK_PYTHON");
    folder_ = (std::filesystem::temp_directory_path() / "pullback-XXXXXX").string();
    ASSERT_NE(mkdtemp(folder_.data()), nullptr);
    std::string command = std::string("JAX_PLATFORMS=cpu ") + (python ? python : "python3") + " " +
                          PULLBACK_ROOT + "/tests/oracles/control_programs.py " + folder_ + " 2>&1";
    status_ = std::system(command.c_str());
  }
  static void TearDownTestSuite() { std::filesystem::remove_all(folder_); }
  void SetUp() override {
    if (status_ == 77 << 8 || status_ == 127 << 8) {
      GTEST_SKIP() << "no Python with jax; set PULLBACK_PYTHON to one to compare with JAX";
    }
    ASSERT_EQ(status_, 0);
  }
  static std::vector<Program> programs() {
    std::vector<Program> all;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      if (entry.path().extension() == ".mlir") all.emplace_back(entry.path());
    }
    EXPECT_GE(all.size(), 10u);
    return all;
  }

  static std::string folder_;
  static int status_;
};
std::string Jax::folder_;
int Jax::status_ = 0;

TEST_F(Jax, programs_have_its_values) {
  for (const Program& p : programs()) {
    SCOPED_TRACE(p.stem);
    EXPECT_EQ(parse_stablehlo(print_stablehlo(p.graph), "again"), p.graph);
    p.check_values(p.graph);
    p.check_values(unroll(p.graph));
    p.check_values(branches_to_selects(unroll(p.graph)));
  }
}

TEST_F(Jax, programs_have_its_gradients) {
  for (const Program& p : programs()) {
    if (p.wrt.empty()) continue;
    SCOPED_TRACE(p.stem);
    p.check_gradients(unroll(p.graph, {.parameters = p.wrt}));
  }
}

TEST_F(Jax, loops_with_fixed_bounds_and_branches_become_straight_lines) {
  for (const Program& p : programs()) {
    Graph straight = branches_to_selects(unroll(p.graph));
    bool data = p.stem.ends_with("halving") || p.stem.ends_with("data_beside");
    for (const Instr& instr : straight.instrs) {
      EXPECT_TRUE(info_of(instr.op).outside.empty() || data) << p.stem << " " << instr.name;
    }
  }
}

}  // namespace
}  // namespace pullback
