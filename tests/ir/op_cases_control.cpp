#include "ir/builder.h"
#include "tests/ir/op_cases.h"

namespace pullback::test {

namespace {

/// A program of these arguments, whose values `make` returns.
template <class Make>
Subgraph program(const std::vector<Type>& arguments, Make make) {
  Graph graph;
  Builder b(graph);
  Values values;
  for (const Type& type : arguments) {
    values.push_back(b.argument("a" + std::to_string(values.size()), type));
  }
  graph.results = make(b, values);
  return graph;
}

const Type x = f32({2, 3}), row = f32({3});

Values sines(Builder& b, const Values& a) { return {b.sine(a[0], "s"), a[1]}; }
Values products(Builder& b, const Values& a) {
  Value wide = b.broadcast(a[1], x.shape, {1}, "wide");
  return {b.multiply(a[0], wide, "product"), b.reduce(Reduction::add, a[0], {0}, "sum")};
}
/// Does not use its first argument.
Values constants(Builder& b, const Values& a) {
  return {b.constant(x, 2, "two"), b.exponential(a[1], "e")};
}

Subgraph x_row(Values (*make)(Builder&, const Values&)) { return program({x, row}, make); }

/// x_0 + … while it is below a limit; the count of rounds.
While growing(const Type& type) {
  std::vector<Type> types{type, i32({}), type, i32({})};
  return {.condition = program(types,
                               [](Builder& b, const Values& a) {
                                 return Values{b.compare(Direction::lt, a[1], a[3], "more")};
                               }),
          .body = program(types, [](Builder& b, const Values& a) {
            Value one = b.constant(i32({}), 1, "one");
            return Values{b.add(a[0], a[2], "next"), b.add(a[1], one, "round")};
          })};
}

}  // namespace

std::vector<OpCase> control_cases() {
  std::vector<OpCase> table;
  auto result = [](auto op, int64_t k) {
    op.result = k;
    return op;
  };
  If choice{.true_branch = x_row(sines), .false_branch = x_row(products)};
  If half{.true_branch = x_row(constants), .false_branch = x_row(products)};
  Case cases{.branches = {x_row(sines), x_row(constants), x_row(products)}};
  std::vector<Type> operands{i1({}), x, row};
  table.push_back({"if_first_result", choice, operands, x});
  table.push_back({"if_second_result", result(choice, 1), operands, row});
  table.push_back({"if_unused_in_one_branch", half, operands, x});
  for (double index : {-1.0, 0.0, 1.0, 2.0, 7.0}) {
    std::string name = "case_" + (index < 0 ? "below" : std::to_string(int(index)));
    table.push_back({name, cases, {i32({}), x, row}, x, {{index, index}}});
  }
  table.push_back({"case_second_result", result(cases, 1), {i32({}), x, row}, row, {{2, 2}}});
  While sum = growing(i32({4}));
  std::vector<Type> loop{i32({4}), i32({}), i32({4}), i32({})};
  table.push_back({"while_counting", sum, loop, i32({4}), {{-5, 5}, {0, 0}, {-5, 5}, {7, 7}}});
  table.push_back({"while_rounds", result(sum, 1), loop, i32({}), {{}, {0, 0}, {}, {7, 7}}});
  table.push_back({"while_never", sum, loop, i32({4}), {{-5, 5}, {9, 9}, {-5, 5}, {7, 7}}});
  OptimizationBarrier barrier;
  table.push_back({"optimization_barrier", barrier, {x, row}, x});
  table.push_back({"optimization_barrier_second", result(barrier, 1), {x, i32({2})}, i32({2})});
  const Type state{ElementType::ui64, {2}}, long_state{ElementType::ui64, {3}};
  for (auto a : {RngAlgorithm::standard, RngAlgorithm::three_fry, RngAlgorithm::philox}) {
    for (ElementType e : {ElementType::ui32, ElementType::ui64, ElementType::i16}) {
      for (const Shape& shape : {Shape{}, Shape{3, 5}, Shape{5, 4, 3}, Shape{0, 2}}) {
        Type type{e, shape};
        std::string name = "rng_bit_generator";
        for (std::string_view part : {to_string(a), to_string(e)}) name += "_" + std::string(part);
        for (int64_t extent : shape) name += "_" + std::to_string(extent);
        table.push_back({name, RngBitGenerator{a, type, 1}, {state}, type, {{0, 1e15}}});
      }
    }
  }
  Type bits{ElementType::ui32, {7}};
  table.push_back({"rng_bit_generator_state",
                   RngBitGenerator{RngAlgorithm::three_fry, bits, 0},
                   {state},
                   state,
                   {{0, 1e15}}});
  table.push_back({"rng_bit_generator_long_state",
                   RngBitGenerator{RngAlgorithm::philox, bits, 1},
                   {long_state},
                   bits,
                   {{0, 1e15}}});
  return table;
}

std::vector<Rejection> control_rejections() {
  If choice{.true_branch = x_row(sines), .false_branch = x_row(products)};
  If other_results{.true_branch = x_row(sines),
                   .false_branch = program({x, row}, [](Builder&, const Values& a) {
                     return Values{a[1], a[1]};
                   })};
  Case none;
  Case cases{.branches = {x_row(sines), other_results.false_branch}};
  Case one{.branches = {x_row(sines)}};
  While loop = growing(i32({4}));
  std::vector<Type> fits{i32({4}), i32({}), i32({4}), i32({})};
  While number = loop, other_body = loop;
  number.condition = program(fits, [](Builder&, const Values& a) { return Values{a[1]}; });
  other_body.body = program(fits, [](Builder&, const Values& a) { return Values{a[1], a[1]}; });
  OptimizationBarrier third;
  third.result = 2;
  return {
      {"if_i1_rejects_integer_predicate", choice, {i32({}), x, row}, "if_i1", "tensor<i32>"},
      {"if_i1_rejects_several_predicates", choice, {i1({2}), x, row}, "if_i1", "tensor<2xi1>"},
      {"if_c1_rejects_other_arguments", choice, {i1({}), row, x}, "if_c1", "the true branch"},
      {"if_c2_rejects_other_results", other_results, {i1({}), x, row}, "if_c2", "expected equal"},
      {"case_c1_rejects_no_branch", none, {i32({})}, "case_c1", "no branch"},
      {"case_i1_rejects_boolean_index", one, {i1({}), x, row}, "case_i1", "tensor<i1>"},
      {"case_c2_rejects_other_arguments", one, {i32({}), x}, "case_c2", "branch 0"},
      {"case_c3_rejects_other_results", cases, {i32({}), x, row}, "case_c3", "branch 1"},
      {"while_c1_rejects_other_arguments", loop, {i32({4})}, "while_c1", "its condition takes"},
      {"while_c1_rejects_integer_condition", number, fits, "while_c1", "expected (tensor<i1>)"},
      {"while_c2_rejects_other_results", other_body, fits, "while_c2", "its body returns"},
      {"rng_bit_generator_i2_rejects_other_state",
       RngBitGenerator{RngAlgorithm::philox, i32({2}), 1},
       {i32({2})},
       "rng_bit_generator_i2",
       "tensor<2xi32>"},
      {"rng_bit_generator_c2_rejects_long_state",
       RngBitGenerator{RngAlgorithm::three_fry, i32({2}), 1},
       {{ElementType::ui64, {3}}},
       "rng_bit_generator_c2",
       "has 3 words"},
      {"rng_bit_generator_rejects_floats",
       RngBitGenerator{RngAlgorithm::philox, x, 1},
       {{ElementType::ui64, {2}}},
       "",
       "makes bits of integers"},
      {"optimization_barrier_rejects_missing_result", third, {x, row}, "", "has 2 results"},
  };
}

}  // namespace pullback::test
