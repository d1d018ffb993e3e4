#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ir/builder.h"
#include "parse/generic.h"

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
  FunctionParser(const Functions& functions, const Function& main)
      : functions_(functions), in_(main.body), main_(main), builder_(graph_) {}

  Graph parse(const std::string& name);

 private:
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
  void define(std::string_view name, size_t at, Values values);

  void instruction();
  void generic(const OpRule& rule);
  void call();
  Values inlined(const Function& function, const Values& operands);

  Value operand();
  Values operands(int count);
  Values parenthesized();
  /// " : (types) -> type", or " : type" where all are equal, after optional attributes.
  Signature signature(size_t count);
  void check_operands(const Values& operands, const Signature& declared);
  void check_type(const Type& actual, const Type& declared, size_t at, const std::string& what);
  /// The op from its generic form, and the instruction.
  void make(const OpRule& rule, GenericOp form, Values operands);
  /// One instruction named `name` in the text, of the declared type.
  void emit(Op op, Values operands, const Signature& declared);
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
  void constant(const OpRule& rule);
  void iota(const OpRule& rule);
  void broadcast_in_dim(const OpRule& rule);
  void transpose(const OpRule& rule);
  void reverse(const OpRule& rule);
  void slice(const OpRule& rule);
  void pad(const OpRule& rule);
  void concatenate(const OpRule& rule);
  void reduce(const OpRule& rule);
  void dot_general(const OpRule& rule);
  void convolution(const OpRule& rule);
  /// ", name = "
  void expect_field(std::string_view name);

  // Initial values of reductions; see reduction.cpp.
  /// A reduction of operands[0] (and a source) that starts from operands.back().
  void emit_reduction(Op op, Reduction kind, Values operands, Signature declared);
  bool is_identity(Value v, Reduction kind) const;
  /// Removes the initial values that nothing else uses.
  void drop_absorbed();

  const Functions& functions_;
  Cursor in_;
  const Function& main_;
  Graph graph_;
  Builder builder_;
  Scope values_;
  std::vector<Value> absorbed_;
  std::vector<std::string_view> calls_;  ///< the functions being inlined
  std::string prefix_;                   ///< of names in an inlined function
  size_t inlined_ = 0;                   ///< characters of the functions inlined so far
  // Of the instruction being parsed:
  std::string_view result_name_;
  size_t op_at_ = 0;
};

}  // namespace pullback
