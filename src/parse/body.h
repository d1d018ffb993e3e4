#pragma once

#include <functional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ir/builder.h"
#include "parse/cursor.h"

namespace pullback {

/// Parses a function: its arguments, result types and instructions.
class BodyParser {
 public:
  explicit BodyParser(Cursor& in) : in_(in), builder_(graph_) {}

  /// "(%x: type {attributes}, …)"
  void arguments();
  /// "-> (type {attributes}, …)" or "-> type"
  std::vector<Type> result_types();
  /// Instructions up to and including "return", whose types must be `results`.
  void instructions(const std::vector<Type>& results);
  /// The graph, without the constants that were only initial values of reductions.
  Graph take(const std::string& name);

 private:
  /// The declared operand and result types of one instruction.
  struct Signature {
    std::vector<Type> operands;
    Type result;
    size_t at = 0;
  };
  using Rule = void (BodyParser::*)();
  static const std::unordered_map<std::string_view, Rule>& rules();

  void instruction();
  Value operand();
  Values operands(size_t count);
  /// " : (types) -> type", or " : type" where all are equal.
  Signature signature(size_t count);
  void emit(Op op, Values operands, const Signature& declared);
  void emit_plain(Op op, size_t count);
  void check_type(const Type& actual, const Type& declared, size_t at, const std::string& what);

  template <class T>
  void unary() {
    emit_plain(T{}, 1);
  }
  template <class T>
  void binary() {
    emit_plain(T{}, 2);
  }
  void compare();
  void select();
  void convert();
  void constant();
  void iota();
  void broadcast_in_dim();
  void reshape();
  void transpose();
  void reverse();
  void slice();
  void pad();
  void concatenate();
  void reduce();
  void dot_general();
  void convolution();
  void reduce_window();
  void select_and_scatter();

  /// A reduction of `x` whose initial value is `init`.
  void emit_reduction(Op op, Reduction kind, Value x, Value init, Signature declared);
  bool is_identity(Value v, Reduction kind) const;
  void absorb(Value v) { absorbed_.push_back(v); }

  std::vector<Decimal> dense(const Type& type);
  void dense_list(const Type& type, size_t axis, std::vector<Decimal>& values);
  Axes dimension_list(const char* first, int64_t& first_axis, const char* second,
                      int64_t& second_axis);
  void convolution_window(Convolution& op);
  std::vector<std::pair<int64_t, int64_t>> pairs();
  std::vector<WindowDimension> window_attributes(size_t rank);
  std::vector<std::pair<int64_t, int64_t>> padding_attribute();
  /// "{ ^bb0(%a: t, %b: t): %c = stablehlo.op %a, %b…; stablehlo.return %c }": returns "add",
  /// "maximum", "GE", ….
  std::string region();

  Cursor& in_;
  Graph graph_;
  Builder builder_;
  std::unordered_map<std::string_view, Value> values_;
  Values absorbed_;
  std::string_view result_name_;  ///< of the instruction being parsed
  size_t result_at_ = 0;
  size_t op_at_ = 0;
};

}  // namespace pullback
