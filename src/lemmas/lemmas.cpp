#include "lemmas/lemmas.h"

#include "base/error.h"

namespace pullback {

namespace {

struct Generated {
  Statements statements;
  std::map<std::string, Derivation> derivations;
  std::map<std::string, std::vector<std::string>> definitions;  ///< typing, then side condition
};

const Generated& generated() {
  static const Generated table{
#include "lemmas.inc"
  };
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
