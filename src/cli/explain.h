#pragma once

#include <string>
#include <vector>

#include "cli/format.h"
#include "ir/graph.h"
#include "nn/network.h"

/// The parts of `pullback explain`: texts for a reader of a book on backpropagation.
namespace pullback::cli {

/// "%y = add %x, %z  : tensor<2xf32>", attributes that have their usual values left out.
std::string instruction_text(const Graph& graph, Value v);

/// The idea behind a trick, in one line.
std::string idea_of(Trick trick);

/// Layer by layer: the equation, the forward instructions, and the backward instructions with the
/// rule and the trick behind each. `layer` is one layer's name, or "" for all; throws Error for an
/// unknown one.
std::string explain_network(const Network& network, int64_t batch, const std::string& layer,
                            const Style& style);

/// The kinds of layers there are, and one of them: in a file and in a small network, explained as
/// explain_network does.
std::vector<std::string> layer_kinds();
std::string explain_layer(const std::string& kind, const Style& style);

/// One op: its equation, its trick, its typing, its derivative with indices, its rule printed from
/// a small example, and its lemmas.
std::string explain_op(const std::string& name, const Style& style);

/// An op's theory: trick, typing, derivation, where it is differentiable.
std::string theory_text(const OpInfo& info, const Style& style);
/// An op's three lemmas as Coq has them, or why it has none.
std::string lemmas_text(const OpInfo& info, const Style& style);
/// "softmax_typed, proofs/Composite/SoftmaxProof.v:31".
std::string lemma_place(const std::string& name);

/// A table of all ops.
std::string list_ops(const Style& style);

/// The use of an op that explain_op shows.
struct OpExample {
  Op op;
  std::vector<Type> operands;
  std::vector<std::string> names;  ///< of the operands, then of the result, as in the equation
};
/// One small use of every op, in the order of all_ops().
std::vector<OpExample> op_examples();

}  // namespace pullback::cli
