#include "lemmas/lemmas.h"

#include <iterator>
#include <sstream>

#include "base/error.h"

namespace pullback {

namespace {

struct StatementRow {
  const char *keyword, *name, *file;
  int line;
  const char *comment, *text;
};
struct DerivationRow {
  const char *op, *typing, *differentiable, *by, *outside, *text;
};
struct DefinitionRow {
  const char *op, *names;
};

// Plain arrays: maps written out as initialisers take minutes to compile.
#include "lemmas.inc"

std::vector<std::string> words(const char* text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

struct Generated {
  Statements statements;
  std::map<std::string, Derivation> derivations;
  std::map<std::string, std::vector<std::string>> definitions;  ///< typing, then side condition

  Generated() {
    for (const StatementRow& r : statement_rows) {
      statements[r.name] = {r.keyword, r.name, r.file, r.line, r.comment, r.text};
    }
    for (const DerivationRow& r : derivation_rows) {
      derivations[r.op] = {r.op, r.typing, r.differentiable, words(r.by), r.outside, r.text};
    }
    for (const DefinitionRow& r : definition_rows) definitions[r.op] = words(r.names);
  }
};

const Generated& generated() {
  static const Generated table;
  return table;
}

}  // namespace

const CoqStatement& statement_of(const std::string& name) {
  auto at = generated().statements.find(name);
  if (at == generated().statements.end()) throw Error("there is no lemma '" + name + "'");
  return at->second;
}

const Derivation& derivation_of(const std::string& op) {
  auto at = generated().derivations.find(op);
  if (at == generated().derivations.end()) throw Error("there is no op '" + op + "'");
  return at->second;
}

const CoqStatement& typing_of(const std::string& op) {
  derivation_of(op);
  return statement_of(generated().definitions.at(op)[0]);
}

std::vector<CoqStatement> conditions_of(const std::string& op) {
  derivation_of(op);
  std::vector<CoqStatement> found;
  for (const std::string& name : generated().definitions.at(op)) {
    found.push_back(statement_of(name));
  }
  found.erase(found.begin());
  return found;
}

}  // namespace pullback
