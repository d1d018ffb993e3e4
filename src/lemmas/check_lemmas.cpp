#include <exception>
#include <iostream>
#include <set>

#include "base/file.h"
#include "base/text.h"
#include "ir/ops.h"
#include "lemmas/table.h"

/// check_lemmas PROOFS DERIVATIONS [OUT]: fails, naming op and lemma, unless every op of the
/// program has its lemmas in the folder PROOFS and its section in the file DERIVATIONS. Writes the
/// table for the program to OUT.
namespace {

using namespace pullback;

/// What the program names beside the ops' lemmas.
const std::vector<std::string> rules{
    "chain_rule",      "additive_fan_in", "product_rule", "diagonal_trick",
    "toeplitz_trick",  "selection_trick", "rank1_trick",  "outer_product_trick",
    "deriv_spec",      "const_spec",      "vjp_spec",     "reverse_mode_exact",
    "train_step_exact"};

std::string quoted(const std::string& text) { return "R\"coq(" + text + ")coq\""; }

std::string text_of(const CoqStatement& s) {
  return "{" + quoted(s.keyword) + ", " + quoted(s.name) + ", " + quoted(s.file) + ", " +
         std::to_string(s.line) + ", " + quoted(s.comment) + ",\n" + quoted(s.text) + "},\n";
}

std::string text_of(const Derivation& d) {
  return "{" + quoted(d.op) + ", " + quoted(d.typing) + ", " + quoted(d.differentiable) + ", " +
         quoted(join(d.by, " ")) + ", " + quoted(d.outside) + ",\n" + quoted(d.text) + "},\n";
}

/// The arrays that lemmas.cpp includes; lists of names are separated by spaces.
std::string table_text(const std::vector<std::string>& ops, const Statements& statements,
                       const std::vector<Derivation>& derivations) {
  std::set<std::string> names(rules.begin(), rules.end());
  std::string sections, definitions;
  for (const Derivation& d : derivations) {
    names.insert(d.by.begin(), d.by.end());
    sections += text_of(d);
  }
  for (const std::string& op : ops) {
    if (!statements.contains(lemma_name(op, lemma_parts[0]))) continue;  // outside certificates
    for (const std::string& part : lemma_parts) {
      names.insert(lemma_name(op, part));
      names.insert(applied_lemma(statements.at(lemma_name(op, part))));
    }
    std::vector<std::string> defined = condition_names(op, statements);
    defined.insert(defined.begin(), typing_name(op, statements));
    names.insert(defined.begin(), defined.end());
    definitions += "{" + quoted(op) + ", " + quoted(join(defined, " ")) + "},\n";
  }
  std::string text;
  for (const std::string& name : names) {
    if (auto at = statements.find(name); at != statements.end()) text += text_of(at->second);
  }
  return "constexpr StatementRow statement_rows[] = {\n" + text +
         "};\nconstexpr DerivationRow derivation_rows[] = {\n" + sections +
         "};\nconstexpr DefinitionRow definition_rows[] = {\n" + definitions + "};\n";
}

int run(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: check_lemmas PROOFS DERIVATIONS [OUT]\n";
    return 2;
  }
  std::vector<std::string> ops;
  for (const OpInfo& info : all_ops()) ops.emplace_back(info.name);
  Statements statements = read_statements(argv[1], "proofs");
  std::vector<Derivation> derivations = read_derivation_folder(argv[2]);
  std::vector<std::string> lines = missing(ops, statements, derivations);
  for (const OpInfo& info : all_ops()) {
    for (const Derivation& d : derivations) {
      if (d.op != info.name || d.outside.empty() == info.outside.empty()) continue;
      lines.push_back(d.op +
                      ": its OpInfo and its derivation disagree on whether it is outside "
                      "certificates");
    }
  }
  for (const std::string& rule : rules) {
    if (!statements.contains(rule)) lines.push_back("proofs/ has no " + rule);
  }
  for (const std::string& line : lines) std::cerr << "error: " << line << "\n";
  if (!lines.empty()) return 1;
  if (argc > 3) write_file(argv[3], table_text(ops, statements, derivations));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << "\n";
    return 1;
  }
}
