#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"
#include "data/npy/npy.h"
#include "tests/cli/program.h"

/// pullback run, fmt and grad on a StableHLO file.
namespace pullback::test {
namespace {

const char* const program = R"(module @m {
  func.func public @main(%a: tensor<3xf32>, %x: tensor<3xf32>, %k: tensor<i32>) -> (tensor<f32>, tensor<3xf32>) {
    %0 = stablehlo.multiply %a, %x : tensor<3xf32>
    %1 = call @square(%0) : (tensor<3xf32>) -> tensor<3xf32>
    %c = stablehlo.constant dense<0.0> : tensor<f32>
    %2 = stablehlo.reduce(%1 init: %c) applies stablehlo.add across dimensions = [0] : (tensor<3xf32>, tensor<f32>) -> tensor<f32>
    return %2, %0 : tensor<f32>, tensor<3xf32>
  }
  func.func private @square(%arg0: tensor<3xf32>) -> tensor<3xf32> {
    %0 = stablehlo.multiply %arg0, %arg0 : tensor<3xf32>
    return %0 : tensor<3xf32>
  }
  func.func public @count() -> tensor<2000xi32> {
    %0 = stablehlo.iota dim = 0 : tensor<2000xi32>
    return %0 : tensor<2000xi32>
  }
}
)";

class Programs : public testing::Test {
 protected:
  Programs() {
    folder_.file("p.mlir", program);
    save("a", Tensor({3}, std::vector<float>{1, 2, 3}));
    save("x", Tensor({3}, std::vector<float>{1, 0.5, -1}));
    save("k", Tensor({}, std::vector<int32_t>{7}));
    save("x64", Tensor({3}, std::vector<double>{1, 0.5, -1}));
    save("two", Tensor({2}, std::vector<float>{1, 2}));
  }
  void save(const std::string& name, const Tensor& tensor) {
    folder_.file(name + ".npy", print_npy(tensor));
  }
  Execution run(const std::string& arguments) { return pullback(arguments, folder_.path()); }
  std::string error(const std::string& arguments) {
    Execution result = run(arguments);
    EXPECT_EQ(result.status, 1) << result.out;
    EXPECT_EQ(result.out, "");
    return result.err;
  }
  Tensor load(const std::string& file) { return read_npy(folder_.path() + "/" + file).tensor(); }

  TemporaryFolder folder_;
};

TEST_F(Programs, run_prints_results) {
  for (const char* backend : {"interp", "native"}) {
    Execution result = run(std::string("run p.mlir a.npy x.npy k.npy --backend ") + backend);
    EXPECT_EQ(result.out, "0  2  tensor<f32>\n   11\n1  0  tensor<3xf32>\n   [ 1  1 -3]\n")
        << result.err;
  }
}

TEST_F(Programs, run_summarises_long_results) {
  Execution result = run("run p.mlir --function count");
  EXPECT_EQ(result.out,
            "0  0  tensor<2000xi32>  from 0 to 1999, mean 999.5\n"
            "   [   0    1    2 … 1997 1998 1999]\n")
      << result.err;
}

TEST_F(Programs, run_writes_results_as_files) {
  Execution result = run("run p.mlir a.npy x64.npy k.npy --precision f64 -o out/deep");
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(load("out/deep/0.npy"), Tensor({}, std::vector<double>{11}));
  EXPECT_EQ(load("out/deep/1.npy"), Tensor({3}, std::vector<double>{1, 1, -3}));
}

TEST_F(Programs, run_without_arguments_says_what_it_takes) {
  Execution result = run("run p.mlir");
  EXPECT_EQ(result.out,
            "the function of p.mlir takes 3 arguments\n"
            "     name  type           NumPy\n"
            "  0  a     tensor<3xf32>  float32 (3,)\n"
            "  1  x     tensor<3xf32>  float32 (3,)\n"
            "  2  k     tensor<i32>    int32 ()\n"
            "and returns 2 results\n"
            "     name  type           NumPy\n"
            "  0  2     tensor<f32>    float32 ()\n"
            "  1  0     tensor<3xf32>  float32 (3,)\n"
            "\nrun it with  pullback run p.mlir ARG0.npy ARG1.npy ARG2.npy -o DIR\n")
      << result.err;
}

TEST_F(Programs, run_names_the_mistake) {
  EXPECT_EQ(error("run p.mlir a.npy"),
            "pullback: the function of p.mlir takes 3 arguments, not 1; pullback run p.mlir says "
            "which\n");
  EXPECT_EQ(error("run p.mlir a.npy two.npy k.npy"),
            "pullback: argument 1 'x', tensor<3xf32>, is float32 of shape (3,), but two.npy holds "
            "float32 of shape (2,)\n");
  EXPECT_EQ(error("run p.mlir a.npy x64.npy k.npy"),
            "pullback: argument 1 'x', tensor<3xf32>, is float32 of shape (3,), but x64.npy holds "
            "float64 of shape (3,)\n");
  EXPECT_EQ(error("run p.mlir a.npy x.npy p.mlir"),
            "pullback: p.mlir: not a NumPy array file (.npy, made by numpy.save)\n");
  EXPECT_EQ(error("run p.mlir a.npy x.npy none.npy"),
            "pullback: cannot read 'none.npy': No such file or directory\n");
  EXPECT_EQ(error("run none.mlir"),
            "pullback: cannot read 'none.mlir': No such file or directory\n");
  EXPECT_EQ(error("run p.mlir a.npy x.npy k.npy --precision f16"),
            "pullback: --precision is 'f16'; it must be f32 or f64\n");
  EXPECT_TRUE(error("run p.mlir a.npy x.npy k.npy --backend tpu")
                  .starts_with("pullback: --backend is 'tpu'; choose one of native, interp"));
  EXPECT_TRUE(
      error("run p.mlir --function squares")
          .starts_with("pullback: p.mlir:18:1: the module has no function '@squares'; did you "
                       "mean '@square'?; it has @count, @main, @square\n"));
}

TEST_F(Programs, attributes_that_are_not_kept_are_reported) {
  folder_.file("j.mlir",
               "module @jit_f attributes {mhlo.num_partitions = 1 : i32} {\n"
               "  func.func @main(%x: tensor<f32> {jax.buffer_donor, jax.arg_info = \"a.b = 1\"}) "
               "-> tensor<f32> {\n    %y = stablehlo.add %x, %x {mhlo.frontend = {a = \"b\"}} : "
               "tensor<f32> // a.comment = 1\n    return %y : tensor<f32>\n  }\n}\n");
  for (const char* command : {"fmt j.mlir", "grad j.mlir"}) {
    EXPECT_EQ(run(command).err,
              "pullback: j.mlir: not kept: jax.arg_info, jax.buffer_donor, mhlo.frontend, "
              "mhlo.num_partitions\n");
  }
  EXPECT_EQ(run("fmt p.mlir").err, "");
}

TEST_F(Programs, fmt_is_canonical) {
  Execution result = run("fmt p.mlir");
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_TRUE(result.out.starts_with("module @m {\n  func.func public @main(%a: tensor<3xf32>, "));
  EXPECT_EQ(result.out.find("call"), std::string::npos);
  folder_.file("q.mlir", result.out);
  EXPECT_EQ(run("fmt q.mlir").out, result.out);
  EXPECT_EQ(run("fmt p.mlir -i").out, "");
  EXPECT_EQ(read_file(folder_.path() + "/p.mlir"), result.out);
  EXPECT_EQ(error("fmt q.mlir -i -o r.mlir"), "pullback: -i and -o both say where to write\n");
  folder_.file("bad.mlir", "module {");
  EXPECT_TRUE(error("fmt bad.mlir -i").starts_with("pullback: bad.mlir:1:9: "));
  EXPECT_EQ(read_file(folder_.path() + "/bad.mlir"), "module {");
}

TEST_F(Programs, grad_returns_value_and_gradients) {
  ASSERT_EQ(run("grad p.mlir -o g.mlir").status, 0);
  ASSERT_EQ(run("run g.mlir a.npy x.npy k.npy -o out").status, 0);
  EXPECT_EQ(load("out/0.npy"), Tensor({}, std::vector<float>{11}));
  EXPECT_EQ(load("out/1.npy"), Tensor({3}, std::vector<float>{2, 1, 6}));
  EXPECT_EQ(load("out/2.npy"), Tensor({3}, std::vector<float>{2, 4, -18}));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() + "/out/3.npy"));
  ASSERT_EQ(run("grad p.mlir --wrt 1 --aux -o g.mlir").status, 0);
  ASSERT_EQ(run("run g.mlir a.npy x.npy k.npy -o aux").status, 0);
  EXPECT_EQ(load("aux/1.npy"), Tensor({3}, std::vector<float>{2, 4, -18}));
  EXPECT_EQ(load("aux/2.npy"), Tensor({3}, std::vector<float>{1, 1, -3}));
}

TEST_F(Programs, grad_makes_train_steps) {
  ASSERT_EQ(run("grad p.mlir --wrt 1 --train momentum --momentum 0.5 -o step.mlir").status, 0);
  EXPECT_NE(run("run step.mlir").out.find("1  x$velocity"), std::string::npos);
  save("v", Tensor({3}, std::vector<float>{1, 0, 0}));
  save("rate", Tensor({}, std::vector<float>{0.5}));
  Execution result = run("run step.mlir x.npy v.npy rate.npy a.npy k.npy -o out");
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(load("out/0.npy"), Tensor({3}, std::vector<float>{-0.25, -1.5, 8}));
  EXPECT_EQ(load("out/1.npy"), Tensor({3}, std::vector<float>{2.5, 4, -18}));
  EXPECT_EQ(load("out/2.npy"), Tensor({}, std::vector<float>{11}));
}

TEST_F(Programs, grad_names_the_mistake) {
  EXPECT_EQ(
      error("grad p.mlir --result 1"),
      "pullback: result 1 '0' is tensor<3xf32>, but a gradient is of a floating-point scalar, "
      "e.g. tensor<f32>; the function's results: 0 tensor<f32>, 1 tensor<3xf32>\n");
  EXPECT_EQ(error("grad p.mlir --result 2"),
            "pullback: there is no result 2; the function's results: 0 tensor<f32>, 1 "
            "tensor<3xf32>\n");
  EXPECT_EQ(error("grad p.mlir --wrt 2"),
            "pullback: argument 2 'k' is tensor<i32>: there are gradients of floating-point "
            "arguments alone\n");
  EXPECT_EQ(error("grad p.mlir --wrt 0-3"),
            "pullback: argument 2 'k' is tensor<i32>: there are gradients of floating-point "
            "arguments alone\n");
  EXPECT_EQ(error("grad p.mlir --wrt 7"),
            "pullback: there is no argument 7; the function has 3, numbered from 0\n");
  EXPECT_EQ(error("grad p.mlir --wrt 0,0"),
            "pullback: --wrt is '0,0'; it names argument 0 twice\n");
  for (const char* list : {"a", "0,", "1-0", "0;1", "-1", "99999999999999999999"}) {
    EXPECT_EQ(error(std::string("grad p.mlir '--wrt=") + list + "'"),
              "pullback: --wrt is '" + std::string(list) +
                  "'; it must be a list of argument numbers, e.g. 0,2 or 0-3\n");
  }
  EXPECT_EQ(error("grad p.mlir --clip-norm 1"), "pullback: --clip-norm is for --train\n");
  EXPECT_EQ(error("grad p.mlir --train sgd --momentum 0.5"),
            "pullback: --momentum is for --train momentum or nesterov, not for sgd\n");
  EXPECT_TRUE(
      error("grad p.mlir --train sdg").starts_with("pullback: there is no optimizer 'sdg'"));
  EXPECT_EQ(error("prove p.mlir --batch 3"),
            "pullback: --batch is for networks, not for a StableHLO file\n");
  EXPECT_EQ(error("prove mnist-mlp --wrt 3"),
            "pullback: --wrt is for a StableHLO file (.mlir), not for networks\n");
}

}  // namespace
}  // namespace pullback::test
