#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ir/builder.h"
#include "parse/generic.h"
#include "parse/rewrite.h"
#include "parse/stablehlo.h"

namespace pullback {

/// Where the parts of a function of the module stand.
struct Function {
  std::string_view name;
  bool is_public = false;
  Cursor arguments;  ///< "(%x: type {attributes}, …)"
  Cursor results;    ///< "-> (type {attributes}, …)", "-> type" or nothing
  Cursor body;       ///< the first instruction
  size_t size = 0;   ///< characters from its arguments to its end
};
using Functions = std::map<std::string_view, Function>;

/// Turns a function into a graph, with the functions it calls in place of the calls. What would
/// grow beyond reason is refused: calls nested deeper than 64, functions called of more than 2^22
/// characters, each counted once per call, and programs of more than 2^20 instructions.
class FunctionParser {
 public:
  static constexpr size_t max_instructions = size_t{1} << 20;

  /// With `checks`, assertions (see Check) may stand in the functions and are added there.
  FunctionParser(const Functions& functions, const Function& main,
                 std::vector<Check>* checks = nullptr)
      : functions_(functions), in_(main.body), main_(main), builder_(graph_), checks_(checks) {}

  Graph parse(const std::string& name);

 private:
  /// A program inside an op of the function that `outer` reads.
  explicit FunctionParser(FunctionParser& outer);

  /// The function's values by their names in the text; a call of several results has several.
  using Scope = std::unordered_map<std::string_view, Values>;
  struct Parameter {
    std::string_view name;
    Type type;
    size_t at;
  };

  std::vector<Parameter> parameters();
  std::vector<Type> result_types();
  /// Parses the body; its results, of these types.
  Values body(const std::vector<Type>& results);
  /// Parses instructions up to a return by an op of this name; the values returned.
  Values instructions(std::string_view terminator);
  void define(std::string_view name, size_t at, Values values);

  void instruction();
  /// "check.expect_eq …"; see checks.cpp.
  void check();
  Value expected_constant();
  void check_options(Check& check);
  void add_checks();
  void result_names();
  size_t result_count() const;
  void generic(const OpRule& rule);
  void rewrite(const Rewrite& rule, bool generic_form);
  void call(bool generic_form);
  void composite(bool generic_form);
  /// Reads ": (types) -> types" and puts the function in place of the call.
  void expand(std::string_view callee, size_t at, const Values& operands);
  Values inlined(const Function& function, const Values& operands);

  Value operand();
  Values operands(int count);
  Values parenthesized();
  /// " : (types) -> type", or " : type" where all are equal, after optional attributes.
  Signature signature(size_t count);
  void check_count(const Signature& declared, size_t count) const;
  void check_operands(const Values& operands, const Signature& declared);
  void check_type(const Type& actual, const Type& declared, size_t at, const std::string& what);
  /// The op from its generic form, and the instruction.
  void make(const OpRule& rule, GenericOp form, Values operands);
  /// Takes the last operand, a constant, for form.sizes.
  void take_sizes(GenericOp& form, Values& operands);
  /// One instruction named `name` in the text, of the declared type.
  void emit(Op op, Values operands, const Signature& declared);
  /// One instruction for each result of an op of several; those that nothing uses go later.
  void emit_all(const Op& op, const Values& operands, const std::vector<Type>& declared, size_t at);
  /// Gives the instruction's results, in order, the names that it has in the text.
  void define_results(const Values& values);
  void widen(Values& operands, ElementType element);
  Value append(Op op, Values operands, const std::string& name);
  std::string graph_name(std::string_view name) const;

  /// "training", "inference" or "grad" of so many results; see batch_norm.cpp.
  void batch_norm(std::string_view name, size_t results);
  /// "(type, …)", or one type.
  std::vector<Type> type_list();

  // Ops whose pretty form has more than operands and types; see pretty.cpp.
  using Pretty = void (FunctionParser::*)(const OpRule&);
  static Pretty pretty_rule(std::string_view name);
  void plain(const OpRule& rule);
  void compare(const OpRule& rule);
  void select(const OpRule& rule);
  /// The operands of a comparison by total order become integers in that order.
  void total_order(Values& operands, Signature& declared);
  void constant(const OpRule& rule);
  void iota(const OpRule& rule);
  void broadcast_in_dim(const OpRule& rule);
  void transpose(const OpRule& rule);
  void reverse(const OpRule& rule);
  void slice(const OpRule& rule);
  void pad(const OpRule& rule);
  void concatenate(const OpRule& rule);
  void dynamic_slice(const OpRule& rule);
  void reduce(const OpRule& rule);
  void dot_general(const OpRule& rule);
  void convolution(const OpRule& rule);
  /// The operands before ", name = …".
  Values operands_before(std::string_view name);
  /// ", name = "
  void expect_field(std::string_view name);

  // Ops that hold programs, and others that are no rows of the table; see control.cpp.
  using Control = void (FunctionParser::*)(bool generic);
  static Control control_rule(std::string_view name);
  void if_op(bool generic);
  void case_op(bool generic);
  void while_op(bool generic);
  void barrier_op(bool generic);
  void custom_call(bool generic);
  void rng_op(bool generic);
  void choice(bool generic, bool two);
  void generic_while();
  void emit_while(const Subgraph& condition, const Subgraph& body, Values values,
                  const std::vector<std::string_view>& names, const std::vector<Type>& declared,
                  size_t at);
  /// Those of `names` that are values here, each once.
  std::vector<std::string_view> captured(const std::vector<std::string_view>& names);
  Values captures(const std::vector<std::string_view>& names) const;
  /// Reads "{ … }", a program with these arguments, or those that its text has where it is
  /// `labelled`, and further ones for what `names` captures.
  Subgraph region(std::vector<Parameter> inputs, bool labelled,
                  const std::vector<std::string_view>& names);
  /// Elementwise programs on tensors; see map.cpp.
  void map_op(bool generic);
  Values mapped(const Graph& program, const Values& inputs, const Values& captured);

  // Tuples and tokens; see tuple.cpp.
  /// What a name stands for: a value, a token or a tuple.
  struct Packed {
    Value value = {};
    bool token = false;
    std::vector<std::shared_ptr<const Packed>> items = {};
    size_t depth = 0;
  };
  void tuple_op(bool generic);
  void get_tuple_element_op(bool generic);
  void token_op(bool generic);
  Packed packed_operand();
  std::vector<Packed> packed_operands(bool generic);
  void packed_type(const Packed& packed);
  void packed_types(const std::vector<Packed>& all);
  void define_packed(Packed packed);

  /// Reads ": (types) -> (types)", checked against the operands; the results'.
  std::vector<Type> declared_results(const Values& operands, size_t& at);

  // Initial values of reductions; see reduction.cpp.
  /// A reduction of operands[0] (and a source) that starts from operands.back(); `turned` if it is
  /// a minimum.
  void emit_reduction(Op op, Reduction kind, bool turned, Values operands, Signature declared);
  bool is_identity(Value v, Reduction kind, bool turned) const;
  /// A product over axes, from operands[1] on; see product.cpp.
  void emit_product(const Axes& dimensions, const Values& operands, const Signature& declared);
  bool is_one(Value v) const;
  /// Removes the initial values that nothing else uses, and results that nothing uses.
  void drop_absorbed();

  const Functions& functions_;
  Cursor in_;
  const Function& main_;
  Graph graph_;
  Builder builder_;
  Scope values_;
  std::unordered_map<std::string_view, Packed> packed_;  ///< tuples and tokens; none in values_
  std::vector<Value> absorbed_;
  std::vector<Check>* checks_ = nullptr;
  Values checked_;             ///< the values that checks_ are about, two each
  std::vector<Value> unused_;  ///< results that only their op's text names, "%x:2"
  // Of a program inside an op: the parser of the program around it, and the values there that its
  // arguments are (none for its own).
  const FunctionParser* outer_ = nullptr;
  Values outer_values_;
  size_t depth_ = 0;
  std::vector<std::string_view> calls_;  ///< the functions being inlined
  std::string prefix_;                   ///< of names in an inlined function
  size_t inlined_ = 0;                   ///< characters of the functions inlined so far
  size_t instructions_ = 0;
  // Of the instruction being parsed:
  struct ResultName {
    std::string_view name;
    size_t count, at;
  };
  std::vector<ResultName> result_names_;  ///< "%x:2, %y"
  std::string_view result_name_;          ///< the first
  size_t op_at_ = 0;
};

}  // namespace pullback
