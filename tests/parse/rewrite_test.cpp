#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/random.h"
#include "parse/stablehlo.h"
#include "print/stablehlo.h"

/// Ops that are read as several others compute what they should.
namespace pullback {
namespace {

std::vector<Tensor> run(const Graph& graph, std::vector<Tensor> values) {
  for (size_t i = 0; i < graph.instrs.size(); ++i) {
    std::vector<const Tensor*> operands;
    for (Value v : graph.instrs[i].operands) operands.push_back(&values[static_cast<size_t>(v.id)]);
    values.push_back(eval(graph.instrs[i].op, operands, graph.instrs[i].type));
  }
  std::vector<Tensor> results;
  for (Value v : graph.results) results.push_back(values[static_cast<size_t>(v.id)]);
  return results;
}

/// The op on each pair of elements; `y` is not used by ops of one operand.
template <class T>
std::vector<T> apply(const std::string& op, bool two, const std::vector<T>& x,
                     const std::vector<T>& y) {
  Tensor a(Shape{static_cast<int64_t>(x.size())}, x), b(Shape{static_cast<int64_t>(y.size())}, y);
  std::string type = a.type().text();
  std::string text = "func.func @main(%x: " + type + ", %y: " + type + ") -> " + type +
                     " { %z = stablehlo." + op + (two ? " %x, %y : " : " %x : ") + type +
                     " return %z : " + type + " }";
  Graph graph = parse_stablehlo(text, "op.mlir");
  EXPECT_EQ(graph.name_of(graph.results[0]), "z");
  EXPECT_EQ(parse_stablehlo(print_stablehlo(graph), "printed").instrs.size(), graph.instrs.size());
  Tensor result = run(graph, {a, b})[0];
  auto values = result.values<T>();
  return {values.begin(), values.end()};
}

template <class T>
void expect_bits() {
  using U = std::make_unsigned_t<T>;
  using S = std::make_signed_t<T>;
  constexpr int width = std::numeric_limits<U>::digits;
  SCOPED_TRACE(to_string(element_of<T>()));
  Random random(7);
  std::vector<T> x{0, 1, static_cast<T>(-1), std::numeric_limits<T>::min(),
                   std::numeric_limits<T>::max()};
  while (x.size() < 60)
    x.push_back(static_cast<T>(random.below(uint64_t{1} << 63) >> x.size() % 50));
  std::vector<T> s;
  for (size_t i = 0; i < x.size(); ++i) s.push_back(static_cast<T>(i % (width + 3)));
  s[3] = static_cast<T>(-1);
  auto exclusive = apply("xor", true, x, s), left = apply("shift_left", true, x, s);
  auto logical = apply("shift_right_logical", true, x, s);
  auto arithmetic = apply("shift_right_arithmetic", true, x, s);
  auto ones = apply("popcnt", false, x, s), zeros = apply("count_leading_zeros", false, x, s);
  for (size_t i = 0; i < x.size(); ++i) {
    SCOPED_TRACE(+x[i]);
    auto u = static_cast<U>(x[i]);
    int shift = s[i] >= 0 && s[i] < width ? static_cast<int>(s[i]) : width;
    bool all = shift == width;
    EXPECT_EQ(exclusive[i], static_cast<T>(x[i] ^ s[i]));
    EXPECT_EQ(left[i], all ? T{0} : static_cast<T>(uint64_t{u} << shift)) << shift;
    EXPECT_EQ(logical[i], all ? T{0} : static_cast<T>(u >> shift)) << shift;
    EXPECT_EQ(arithmetic[i], static_cast<T>(static_cast<S>(x[i]) >> (all ? width - 1 : shift)));
    EXPECT_EQ(ones[i], static_cast<T>(std::popcount(u)));
    EXPECT_EQ(zeros[i], static_cast<T>(std::countl_zero(u)));
  }
}

TEST(Rewrite, bit_operations_of_every_width) {
  expect_bits<int8_t>();
  expect_bits<int16_t>();
  expect_bits<int32_t>();
  expect_bits<int64_t>();
  expect_bits<uint8_t>();
  expect_bits<uint16_t>();
  expect_bits<uint32_t>();
  expect_bits<uint64_t>();
}

TEST(Rewrite, xor_of_booleans) {
  EXPECT_EQ(apply<bool>("xor", true, {false, false, true, true}, {false, true, false, true}),
            (std::vector<bool>{false, true, true, false}));
}

TEST(Rewrite, reduce_precision_rounds_there_and_back) {
  std::string text = R"(func.func @main(%x: tensor<2xf32>) -> tensor<2xf32> {
    %y = stablehlo.reduce_precision %x, format = e5m10 : tensor<2xf32>
    %z = "stablehlo.reduce_precision"(%y) <{exponent_bits = 8 : i32, mantissa_bits = 23 : i32}> : (tensor<2xf32>) -> tensor<2xf32>
    return %z : tensor<2xf32> })";
  Tensor y =
      run(parse_stablehlo(text, "t"), {Tensor(Shape{2}, std::vector<float>{0.1f, 65520})})[0];
  EXPECT_EQ(y.at(0), 0.0999755859375);
  EXPECT_EQ(y.at(1), std::numeric_limits<double>::infinity());
}

std::string message(const std::string& body) {
  try {
    parse_stablehlo("func.func @main(%x: tensor<2xf32>, %n: tensor<1xi64>) -> tensor<2xf32> {\n" +
                        body + "\n return %y : tensor<2xf32> }",
                    "t.mlir");
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Rewrite, says_what_is_wrong) {
  const std::pair<const char*, const char*> cases[] = {
      {"%y = stablehlo.xor %x, %x : tensor<2xf32>", "not defined for elements of type f32"},
      {"%y = stablehlo.reduce_precision %x, format = e0m2 : tensor<2xf32>",
       "(reduce_precision_c2)"},
      {"%y = stablehlo.reduce_precision %x, format = e2m-1 : tensor<2xf32>",
       "(reduce_precision_c3)"},
      {"%y = \"stablehlo.dynamic_gather\"(%x, %n, %n) <{dimension_numbers = "
       "#stablehlo.gather<start_index_map = [0]>}> : (tensor<2xf32>, tensor<1xi64>, "
       "tensor<1xi64>) -> tensor<2xf32>",
       "'%n' must be a constant of integers: shapes are static"},
      {"%y = stablehlo.reduce_precision %x, format = fine : tensor<2xf32>", "e.g. e5m10"},
      {"%y = stablehlo.dynamic_reshape %x, %n : (tensor<2xf32>, tensor<1xi64>) -> tensor<2xf32>",
       "'%n' must be a constant of integers: shapes are static"},
      {"%c = stablehlo.constant dense<3> : tensor<1xi64>\n%y = stablehlo.dynamic_reshape %x, %c : "
       "(tensor<2xf32>, tensor<1xi64>) -> tensor<2xf32>",
       "the shape given is not that of tensor<2xf32>"},
      {"%y = stablehlo.get_dimension_size %x, dim = 1 : (tensor<2xf32>) -> tensor<i32>",
       "(get_dimension_size_c1)"},
      {"%y = stablehlo.composite \"a.b\" %x {decomposition = @f} : (tensor<2xf32>) -> "
       "tensor<2xf32>",
       "the module has no function '@f'"}};
  for (auto& [body, says] : cases) {
    EXPECT_NE(message(body).find(says), std::string::npos) << message(body);
  }
}

std::vector<float> rounded_to(const std::string& format, const std::vector<float>& x) {
  Tensor a(Shape{static_cast<int64_t>(x.size())}, x);
  std::string type = a.type().text();
  Graph graph = parse_stablehlo("func.func @main(%x: " + type + ") -> " + type +
                                    " { %y = stablehlo.reduce_precision %x, format = " + format +
                                    " : " + type + " return %y : " + type + " }",
                                "t.mlir");
  Tensor result = run(graph, {a})[0];
  auto values = result.values<float>();
  return {values.begin(), values.end()};
}

TEST(Rewrite, precision_of_any_format) {
  float infinity = std::numeric_limits<float>::infinity(), nan = std::nanf("");
  // From 2^-6 to 240, in eighths.
  EXPECT_EQ(rounded_to("e4m3", {1.1f, -1.1f, 1.0625f, 1.1875f, 1000, 240, 247.9f, 248}),
            (std::vector<float>{1.125f, -1.125f, 1, 1.25f, infinity, 240, 240, infinity}));
  EXPECT_EQ(rounded_to("e4m3", {0.0157f, 0.01f, -0.02f, 0, infinity, -infinity}),
            (std::vector<float>{0.015625f, 0, -0.01953125f, 0, infinity, -infinity}));
  EXPECT_TRUE(std::signbit(rounded_to("e4m3", {-1e-9f})[0]));
  EXPECT_TRUE(std::isnan(rounded_to("e4m3", {nan})[0]));
  EXPECT_EQ(rounded_to("e8m0", {1.4f, 1.5f, 3.1f, nan}), (std::vector<float>{1, 2, 4, infinity}));
  EXPECT_EQ(rounded_to("e11m30", {1.1f, 1e-42f}), (std::vector<float>{1.1f, 1e-42f}));
}

TEST(Rewrite, products_over_axes) {
  std::vector<float> x;
  for (int i = 0; i < 30; ++i) x.push_back(1 + 0.1f * static_cast<float>(i));
  Graph g = parse_stablehlo(
      R"(func.func @main(%x: tensor<2x5x3xf32>, %e: tensor<0x2xf32>) -> (tensor<3xf32>, tensor<5xf32>, tensor<2xf32>) {
    %one = stablehlo.constant dense<1.0> : tensor<f32>
    %two = stablehlo.constant dense<2.0> : tensor<f32>
    %y = stablehlo.reduce(%x init: %one) applies stablehlo.multiply across dimensions = [0, 1] : (tensor<2x5x3xf32>, tensor<f32>) -> tensor<3xf32>
    %z = "stablehlo.reduce"(%x, %two) <{dimensions = array<i64: 0, 2>}> ({
    ^bb0(%a: tensor<f32>, %b: tensor<f32>):
      %c = stablehlo.multiply %a, %b : tensor<f32>
      stablehlo.return %c : tensor<f32>
    }) : (tensor<2x5x3xf32>, tensor<f32>) -> tensor<5xf32>
    %w = stablehlo.reduce(%e init: %two) applies stablehlo.multiply across dimensions = [0] : (tensor<0x2xf32>, tensor<f32>) -> tensor<2xf32>
    return %y, %z, %w : tensor<3xf32>, tensor<5xf32>, tensor<2xf32> })",
      "t.mlir");
  verify(g);
  EXPECT_EQ(g.name_of(g.results[0]), "y");
  auto results = run(g, {Tensor(Shape{2, 5, 3}, x), Tensor(Type{ElementType::f32, {0, 2}})});
  std::vector<double> wanted(3, 1), others(5, 2);
  for (size_t i = 0; i < x.size(); ++i) {
    wanted[i % 3] *= x[i];
    others[i / 3 % 5] *= x[i];
  }
  for (int64_t k = 0; k < 3; ++k) {
    EXPECT_NEAR(results[0].at(k) / wanted[static_cast<size_t>(k)], 1, 1e-6);
  }
  for (int64_t k = 0; k < 5; ++k) {
    EXPECT_NEAR(results[1].at(k) / others[static_cast<size_t>(k)], 1, 1e-6);
  }
  EXPECT_EQ(results[2], Tensor(Shape{2}, std::vector<float>{2, 2}));
}

TEST(Rewrite, total_order_and_the_next_float) {
  float infinity = std::numeric_limits<float>::infinity(), nan = std::nanf("");
  std::vector<float> order{-nan, -infinity, -1, -0.0f, 0, 1, infinity, nan};
  auto count = static_cast<int64_t>(order.size());
  Graph g = parse_stablehlo(
      R"(func.func @main(%x: tensor<8xf32>) -> (tensor<8x8xi1>, tensor<8x8xi1>) {
    %a = stablehlo.broadcast_in_dim %x, dims = [0] : (tensor<8xf32>) -> tensor<8x8xf32>
    %b = stablehlo.broadcast_in_dim %x, dims = [1] : (tensor<8xf32>) -> tensor<8x8xf32>
    %y = stablehlo.compare LT, %a, %b, TOTALORDER : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xi1>
    %z = "stablehlo.compare"(%a, %b) <{compare_type = #stablehlo<comparison_type TOTALORDER>, comparison_direction = #stablehlo<comparison_direction GE>}> : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xi1>
    return %y, %z : tensor<8x8xi1>, tensor<8x8xi1> })",
      "t.mlir");
  auto results = run(g, {Tensor(Shape{count}, order)});
  for (int64_t i = 0; i < count; ++i) {
    for (int64_t j = 0; j < count; ++j) {
      EXPECT_EQ(results[0].at(i * count + j), i < j) << i << " " << j;
      EXPECT_EQ(results[1].at(i * count + j), i >= j) << i << " " << j;
    }
  }
  std::vector<float> x{1, 1, -1, 0, 0, -0.0f, infinity, 2, 3e38f, 1},
      y{2, 0, 0, 1, -1, 0, 0, 2, infinity, nan};
  Tensor a(Shape{10}, x), b(Shape{10}, y);
  Graph next = parse_stablehlo(
      "func.func @main(%x: tensor<10xf32>, %y: tensor<10xf32>) -> tensor<10xf32> { %z = "
      "chlo.next_after %x, %y : tensor<10xf32>, tensor<10xf32> -> tensor<10xf32> return %z : "
      "tensor<10xf32> }",
      "t.mlir");
  Tensor z = run(next, {a, b})[0];
  for (size_t i = 0; i + 1 < x.size(); ++i) {
    EXPECT_EQ(z.values<float>()[i], std::nextafter(x[i], y[i])) << x[i] << " " << y[i];
  }
  EXPECT_TRUE(std::isnan(z.values<float>()[9]));
}

TEST(Rewrite, sizes_that_are_constant) {
  Graph g = parse_stablehlo(
      R"(func.func @main(%x: tensor<1x3x1xf32>, %i: tensor<2x1xi64>) -> (tensor<1x2x1xf32>, tensor<2x1x1xf32>) {
    %k = stablehlo.constant dense<1.0> : tensor<3x1x1xf32>
    %p = stablehlo.constant dense<[[1, 0]]> : tensor<1x2xi64>
    %s = stablehlo.constant dense<1> : tensor<3xi64>
    %y = "stablehlo.dynamic_conv"(%x, %k, %p) <{batch_group_count = 1 : i64, dimension_numbers = #stablehlo.conv<[b, 0, f]x[0, i, o]->[b, 0, f]>, feature_group_count = 1 : i64}> : (tensor<1x3x1xf32>, tensor<3x1x1xf32>, tensor<1x2xi64>) -> tensor<1x2x1xf32>
    %z = "stablehlo.dynamic_gather"(%x, %i, %s) <{dimension_numbers = #stablehlo.gather<offset_dims = [1, 2], collapsed_slice_dims = [1], start_index_map = [1], index_vector_dim = 1>}> : (tensor<1x3x1xf32>, tensor<2x1xi64>, tensor<3xi64>) -> tensor<2x1x1xf32>
    return %y, %z : tensor<1x2x1xf32>, tensor<2x1x1xf32> })",
      "t.mlir");
  EXPECT_EQ(g.instrs.size(), 3u) << "a constant, a convolution, a gather";
  auto results = run(g, {Tensor(Shape{1, 3, 1}, std::vector<float>{1, 10, 100}),
                         Tensor(Shape{2, 1}, std::vector<int64_t>{2, 0})});
  EXPECT_EQ(results[0], Tensor(Shape{1, 2, 1}, std::vector<float>{11, 111}));
  EXPECT_EQ(results[1], Tensor(Shape{2, 1, 1}, std::vector<float>{100, 1}));
}

TEST(Rewrite, dynamic_shapes_that_are_constant) {
  Graph g = parse_stablehlo(
      R"(func.func @main(%x: tensor<2xf32>) -> (tensor<2x3xf32>, tensor<i32>, tensor<4xf32>) {
    %s = stablehlo.constant dense<[2, 3]> : tensor<2xi64>
    %y = stablehlo.dynamic_broadcast_in_dim %x, %s, dims = [0] : (tensor<2xf32>, tensor<2xi64>) -> tensor<2x3xf32>
    %n = stablehlo.get_dimension_size %x, dim = 0 : (tensor<2xf32>) -> tensor<i32>
    %i = stablehlo.dynamic_iota %s, dim = 1 : (tensor<2xi64>) -> tensor<2x3xf32>
    %z = stablehlo.add %y, %i : tensor<2x3xf32>
    %zero = stablehlo.constant dense<0.0> : tensor<f32>
    %one = stablehlo.constant dense<1> : tensor<1xi64>
    %none = stablehlo.constant dense<0> : tensor<1xi64>
    %p = stablehlo.dynamic_pad %x, %zero, %one, %one, %none : (tensor<2xf32>, tensor<f32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<4xf32>
    return %z, %n, %p : tensor<2x3xf32>, tensor<i32>, tensor<4xf32> })",
      "t.mlir");
  auto results = run(g, {Tensor(Shape{2}, std::vector<float>{5, 7})});
  EXPECT_EQ(results[0], Tensor(Shape{2, 3}, std::vector<float>{5, 6, 7, 7, 8, 9}));
  EXPECT_EQ(results[1], Tensor(Shape{}, std::vector<int32_t>{2}));
  EXPECT_EQ(results[2], Tensor(Shape{4}, std::vector<float>{0, 5, 7, 0}));
}

TEST(Rewrite, composites_are_their_decompositions) {
  Graph g = parse_stablehlo(R"(
  func.func private @twice(%x: tensor<f32>) -> tensor<f32> {
    %0 = stablehlo.add %x, %x : tensor<f32>
    return %0 : tensor<f32>
  }
  func.func @main(%x: tensor<f32>) -> tensor<f32> {
    %0 = stablehlo.composite "my.twice" %x {composite_attributes = {n = 2 : i64}, decomposition = @twice} : (tensor<f32>) -> tensor<f32>
    %1 = "stablehlo.composite"(%0) <{decomposition = @twice, name = "my.twice"}> : (tensor<f32>) -> tensor<f32>
    return %1 : tensor<f32>
  })",
                            "t.mlir");
  EXPECT_EQ(run(g, {Tensor(Shape{}, std::vector<float>{3})})[0].at(0), 12);
}

TEST(Rewrite, products_of_a_wider_type) {
  Graph g = parse_stablehlo(R"(func.func @main(%x: tensor<2xbf16>) -> tensor<f32> {
    %0 = stablehlo.dot_general %x, %x, contracting_dims = [0] x [0] : (tensor<2xbf16>, tensor<2xbf16>) -> tensor<f32>
    return %0 : tensor<f32> })",
                            "t.mlir");
  Tensor x = Tensor(Shape{2}, std::vector<double>{16, 1}).convert(ElementType::bf16);
  EXPECT_EQ(run(g, {x})[0].at(0), 257);  // no bf16
}

TEST(Module, meshes_aliases_and_functions_without_a_module) {
  Graph g = parse_stablehlo(R"(#loc = loc(unknown)
module @jit_f attributes {mhlo.num_partitions = 1 : i32, mhlo.num_replicas = 1 : i32} {
  sdy.mesh @mesh = <["x"=2]>
  func.func public @main(%arg0: tensor<f32> {mhlo.sharding = "{replicated}", sdy.sharding = #sdy.sharding<@mesh, []>} loc("x")) -> (tensor<f32> {jax.result_info = "result"}) {
    %0 = stablehlo.add %arg0, %arg0 : tensor<f32> loc(#loc1)
    return %0 : tensor<f32> loc(#loc)
  } loc(#loc)
} loc(#loc)
#loc1 = loc("f.py":3:4)
)",
                            "t.mlir");
  EXPECT_EQ(g.instrs.size(), 1u);
  EXPECT_EQ(function_names("func.func @b() { return } func.func @a() { return } "
                           "func.func private @c() { return }",
                           "t"),
            (std::vector<std::string>{"b", "a"}));
}

TEST(Module, is_split_at_lines_of_dashes) {
  auto parts = split_input("a\n// -----\nb // -----\n// -----\n");
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(parts[0], "a\n");
  EXPECT_EQ(parts[1], "\n\nb // -----\n");
  EXPECT_EQ(parts[2], "\n\n\n\n");
}

}  // namespace
}  // namespace pullback
