#include "tests/proofs/conformance.h"

#include <bit>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <regex>

#include "base/file.h"
#include "base/text.h"
#include "interp/interpreter.h"
#include "parse/stablehlo.h"

namespace pullback::test {

namespace {

std::string without_comments(const std::string& text) {
  static const std::regex comment("//[^\n]*");
  return std::regex_replace(text, comment, "");
}

/// The parts between "// -----" lines.
std::vector<std::string> parts(const std::string& text) {
  std::vector<std::string> result;
  const std::string line = "// -----";
  size_t begin = 0;
  for (size_t end; (end = text.find(line, begin)) != std::string::npos; begin = end + line.size()) {
    result.push_back(text.substr(begin, end - begin));
  }
  result.push_back(text.substr(begin));
  return result;
}

/// The 32-bit float with the value of these 16 bits.
uint32_t widened(uint32_t bits, bool brain) {
  if (brain) return bits << 16;
  uint32_t sign = (bits & 0x8000U) << 16, exponent = bits >> 10 & 31U, mantissa = bits & 1023U;
  if (exponent == 31) return sign | 0x7F800000U | mantissa << 13;
  double size = exponent == 0 ? std::ldexp(mantissa, -24)
                              : std::ldexp(1024 + mantissa, static_cast<int>(exponent) - 25);
  return sign | std::bit_cast<uint32_t>(static_cast<float>(size));
}

/// "dense<[1.0, 0x7F80]> : tensor<2xbf16>" with the bits as those of an f32.
std::string with_wide_bits(const std::string& text) {
  static const std::regex literal(R"((dense<[^>]*>\s*:\s*tensor<[0-9x]*)(bf16|f16)>)");
  static const std::regex bits("0x([0-9A-Fa-f]{4})(?![0-9A-Fa-f])");
  std::string result;
  auto begin = std::sregex_iterator(text.begin(), text.end(), literal);
  size_t at = 0;
  for (auto i = begin; i != std::sregex_iterator(); ++i) {
    result += text.substr(at, static_cast<size_t>(i->position()) - at);
    std::string dense = i->str();
    std::smatch m;
    while (std::regex_search(dense, m, bits)) {
      uint32_t wide = widened(static_cast<uint32_t>(std::stoul(m[1], nullptr, 16)),
                              (*i)[2] == std::string("bf16"));
      char digits[16];
      std::snprintf(digits, sizeof digits, "0x%08X", wide);
      result += m.prefix().str() + digits;
      dense = m.suffix();
    }
    result += dense;
    at = static_cast<size_t>(i->position() + i->length());
  }
  return result + text.substr(at);
}

/// Integers as i32 and floats of 16 bits as f32, but for the attribute "padding".
std::string with_known_types(const std::string& text) {
  static const std::regex type(
      R"((padding = dense<[^>]*>\s*:\s*)?tensor<([0-9x]*)(u?i[0-9]+|bf16|f16)>)");
  std::string wide = with_wide_bits(text), result;
  size_t at = 0;
  for (auto i = std::sregex_iterator(wide.begin(), wide.end(), type); i != std::sregex_iterator();
       ++i) {
    result += wide.substr(at, static_cast<size_t>(i->position()) - at);
    std::string element = (*i)[3];
    if ((*i)[1].matched || element == "i1") {
      result += i->str();
    } else {
      result += "tensor<" + (*i)[2].str() + (element.ends_with("f16") ? "f32>" : "i32>");
    }
    at = static_cast<size_t>(i->position() + i->length());
  }
  return result + wide.substr(at);
}

/// Decimals of more digits than the parser takes, with the 17 that determine a double.
std::string with_fewer_digits(const std::string& text) {
  static const std::regex decimal(R"(-?[0-9]+\.[0-9]{16,})");
  std::string result, rest = text;
  for (std::smatch m; std::regex_search(rest, m, decimal); rest = m.suffix().str()) {
    char digits[40];
    std::snprintf(digits, sizeof digits, "%.17g", std::stod(m[0]));
    result += m.prefix().str() + (m[0].length() > 18 ? std::string(digits) : m[0].str());
  }
  return result + rest;
}

/// The test as a module that returns each result and, behind it, what it should be.
std::string as_module(const std::string& body) {
  static const std::regex check(R"(check\.expect_(almost_)?eq_const\s+(%[A-Za-z0-9_#]+)\s*,)");
  static const std::regex type_behind(R"(^\s*dense<[^>]*>\s*:\s*(tensor<[^>]*>))");
  std::vector<std::string> values, types;
  std::string text, rest = body;
  for (std::smatch m; std::regex_search(rest, m, check);) {
    std::string expected = "%expected" + std::to_string(values.size());
    text += m.prefix().str() + expected + " = stablehlo.constant";
    std::string value = m[2];
    rest = m.suffix().str();
    std::smatch type;
    if (!std::regex_search(rest, type, type_behind)) throw Error("a check that is not understood");
    for (const std::string& v : {value, expected}) {
      values.push_back(v);
      types.push_back(type[1]);
    }
  }
  text += rest;
  if (text.find("check.") != std::string::npos) throw Error("a check that is not understood");
  size_t end = text.rfind("func.return");
  if (values.empty() || end == std::string::npos) throw Error("a test without checks");
  return "module { func.func @main() -> (" + join(types) + ") " + text.substr(0, end) +
         "func.return " + join(values) + " : " + join(types) + " } }";
}

/// Why the parser does not take a module.
std::string reason(const std::string& module, const std::string& error) {
  static const std::regex tiny("f[468]E[0-9]M[0-9]");
  auto says = [&](const char* words) { return error.find(words) != std::string::npos; };
  if (module.find("complex<") != std::string::npos) return "complex numbers";
  if (std::regex_search(module, tiny)) return "floats of 4 to 8 bits";
  if (says("out of range") || says("too many digits")) return "whole numbers beyond 32 bits";
  if (says("the result is") && says("is declared")) return "another element type as result";
  return error;
}

/// The error that a value of this type may have, as it is written with about seven digits.
double tolerance(const std::string& body, ElementType element) {
  if (!is_float(element)) return 0;
  return body.find("xbf16") != std::string::npos  ? 8e-3
         : body.find("xf16") != std::string::npos ? 2e-3
                                                  : 1e-6;
}

void read(Conformance& test, const std::string& body) {
  std::string module = with_fewer_digits(as_module(body));
  std::string known = with_known_types(module);
  test.other_element_types = known != module;
  Graph graph = parse_stablehlo(known, test.title);
  std::vector<Tensor> values = evaluate_all(graph, {});
  for (size_t k = 0; k + 1 < graph.results.size(); k += 2) {
    Value actual = graph.results[k], expected = graph.results[k + 1];
    test.expected.push_back({actual, values[static_cast<size_t>(expected.id)],
                             tolerance(body, graph.type(actual).element)});
  }
  test.graph = graph;
}

}  // namespace

std::vector<Conformance> read_conformance(const std::string& path) {
  static const std::regex function(R"(func\.func\s+(?:public\s+)?@([A-Za-z0-9_]+)\(\)\s*(\{))");
  std::vector<Conformance> tests;
  std::map<std::string, int> seen;
  for (const std::string& part : parts(read_file(path))) {
    std::string text = without_comments(part);
    std::smatch m;
    if (!std::regex_search(text, m, function)) continue;
    Conformance test;
    test.title = std::filesystem::path(path).filename().string() + ":" + m[1].str();
    int count = ++seen[test.title];
    if (count > 1) test.title += "#" + std::to_string(count);
    size_t begin = static_cast<size_t>(m.position(2)), end = text.rfind('}');
    try {
      read(test, text.substr(begin, end - begin));
    } catch (const std::exception& error) {
      test.unreadable = reason(text, error.what());
    }
    tests.push_back(std::move(test));
  }
  return tests;
}

}  // namespace pullback::test
