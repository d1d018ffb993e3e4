#include "tests/proofs/coq_run.h"

#include <cmath>
#include <cstdio>

#include "base/text.h"
#include "print/coq.h"

namespace pullback::test {

namespace {

/// An exact literal: Coq reads hexadecimal floats.
std::string number(double x) {
  if (std::isnan(x)) return "nan";
  if (std::isinf(x)) return x > 0 ? "infinity" : "neg_infinity";
  if (x == 0) return std::signbit(x) ? "(-0)" : "0";
  char text[40];
  std::snprintf(text, sizeof text, x < 0 ? "(%a)" : "%a", x);
  return text;
}

std::string elements(const Tensor& tensor) {
  std::vector<std::string> numbers;
  for (int64_t i = 0; i < tensor.count(); ++i) numbers.push_back(number(tensor.at(i)));
  return "[" + join(numbers, "; ") + "]%float";
}

std::string given(const Tensor& tensor) {
  return "Given " + coq_type(tensor.type()) + " " + elements(tensor);
}

bool has_nan(const Constant& constant) {
  for (const Decimal& value : constant.values) {
    if (value.kind == Decimal::Kind::nan) return true;
  }
  return false;
}

}  // namespace

bool close(const Tensor& actual, const Expected& expected) {
  if (actual.type().shape != expected.tensor.type().shape) return false;
  for (int64_t i = 0; i < actual.count(); ++i) {
    double a = actual.at(i), e = expected.tensor.at(i);
    if (a == e || (std::isnan(a) && std::isnan(e))) continue;
    double error = expected.tolerance * std::max(1.0, std::abs(e));
    if (std::isinf(e) || !(std::abs(a - e) <= error)) return false;
  }
  return true;
}

std::string coq_case(const std::string& title, const Graph& graph,
                     const std::vector<Tensor>& arguments, const std::vector<Expected>& expected) {
  std::vector<std::string> values, expectations;
  for (const Tensor& argument : arguments) values.push_back(given(argument));
  for (const Instr& instr : graph.instrs) {
    auto* constant = std::get_if<Constant>(&instr.op);
    if (constant && has_nan(*constant)) {
      values.push_back(given(eval(instr.op, {}, instr.type)));
      continue;
    }
    values.push_back("Made " + coq_op(instr.op) + " [" +
                     join(instr.operands, "; ", [](Value v) { return std::to_string(v.id); }) +
                     "]%nat " + coq_type(instr.type));
  }
  for (const Expected& e : expected) {
    expectations.push_back("Expect " + std::to_string(e.value.id) + "%nat " + number(e.tolerance) +
                           "%float " + elements(e.tensor));
  }
  return "Case " + coq_string(title) + "%string\n  [" + join(values, ";\n   ") + "]\n  [" +
         join(expectations, ";\n   ") + "]";
}

std::string coq_file(const std::vector<CoqRun>& runs, const std::vector<std::string>& failing) {
  constexpr size_t chunk = 20;  // Coq takes long to read one long list
  std::string text =
      "From Coq Require Import ZArith String List PrimFloat.\n"
      "From Pullback Require Import Base.Index Syntax Ops.Op Float.Run.\n"
      "Import ListNotations.\nOpen Scope Z_scope.\n"
      "(* A wrong result fails, and so does an op outside the certified domain. *)\n"
      "Definition half (o : op) (result : float) := Case \"\"%string [Given (F64, []) [0.5]%float; "
      "Made o [0]%nat (F64, [])] [Expect 1%nat 0x1p-40%float [result]].\n"
      "Theorem control : map (passes plain) [half (Unary Negate) (-0.5)%float; "
      "half (Unary Negate) (-0x1.0000001p-1)%float; half (Unary Not) (-0.5)%float]\n"
      "= [true; false; false].\nProof. vm_compute. reflexivity. Qed.\n";
  std::vector<std::string> failed;
  for (const CoqRun& run : runs) {
    for (size_t begin = 0; begin < run.cases.size(); begin += chunk) {
      std::string k = std::to_string(failed.size());
      failed.push_back("failed" + k);
      text += "Definition cases" + k + " : list case := [";
      for (size_t i = begin; i < std::min(begin + chunk, run.cases.size()); ++i) {
        text += (i == begin ? "\n" : ";\n") + run.cases[i];
      }
      text += "].\nDefinition failed" + k + " := Eval vm_compute in failures " + run.meaning +
              " cases" + k + ".\n";
    }
  }
  return text + "Definition all_failed := Eval vm_compute in concat [" + join(failed, "; ") +
         "].\nPrint all_failed.\n"
         "Theorem as_expected : map fst all_failed = [" +
         join(failing, "; ", coq_string) + "]%string.\nProof. reflexivity. Qed.\n";
}

}  // namespace pullback::test
