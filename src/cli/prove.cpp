#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "base/file.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/gradient_option.h"
#include "cli/network_option.h"
#include "cli/number_option.h"
#include "cli/optimizer_option.h"
#include "cli/program_file.h"
#include "nn/model.h"
#include "passes/selects.h"
#include "passes/unroll.h"
#include "prove/certificate.h"
#include "prove/coqc.h"
#include "prove/report.h"
#include "train/step.h"

namespace pullback::cli {

namespace {

struct ProveOptions {
  std::string network;  ///< or a StableHLO file
  Resize resize;
  int64_t batch = 128;
  OptimizerOptions optimizer{.optimizer = "sgd"};
  LabelOptions labels;
  std::string function;
  GradientOptions gradient;
  std::string out, step;
  bool json = false;

  bool of_program() const { return network.ends_with(".mlir"); }
};

void show_build(size_t done, const std::string& file) {
  if (isatty(STDERR_FILENO) != 0) {
    std::cerr << "\r\033[Kpullback: compiling the Coq library: " << file << " (" << done << " done)"
              << std::flush;
  } else if (done == 0) {
    std::cerr << "pullback: compiling the Coq library (minutes, the first time)\n";
  }
}

void clear_line() {
  if (isatty(STDERR_FILENO) != 0) std::cerr << "\r\033[K" << std::flush;
}

struct Proof {
  Question question;
  std::string function;  ///< the text of the function that is differentiated, if it is a program's
  std::string net, optimizer, folder, coq;
  Verdict verdict;

  /// "momentum", "gradient".
  std::string made() const { return optimizer.empty() ? "gradient" : optimizer; }
  std::string text_file() const { return folder + "/" + question.kind + ".mlir"; }
  std::string certificate_file() const { return folder + "/Certificate.v"; }
};

/// Asks about a train step: the one that Pullback makes, or the text that is given.
void ask_step(const ProveOptions& options, Claim claim, Proof& proof) {
  if (options.step.empty()) {
    claim.step = canonical_text(
        make_train_step(claim.forward, claim.parameters, claim.optimizer, claim.statistics).graph);
  } else {
    claim.step = read_file(options.step);
  }
  proof.question = question(claim);
  proof.optimizer = name_of(claim.optimizer);
}

void ask_program(const CLI::App& command, const ProveOptions& options, Proof& proof) {
  Optimizer optimizer = train_optimizer(command, options.gradient, options.optimizer);
  Graph program = unroll(read_program({options.network, options.function}));
  auto [part, wrt] = differentiated(branches_to_selects(program), options.gradient, optimizer);
  require_provable(part);
  proof.function = canonical_text(part);
  if (!options.gradient.train.empty()) {
    Claim claim{with_first(part, wrt), wrt.size(), optimizer, ""};
    claim.function = proof.function;
    claim.places = places_with_first(part, wrt);
    return ask_step(options, std::move(claim), proof);
  }
  GradientClaim claim = gradient_claim(part, wrt);
  if (!options.step.empty()) claim.gradient = read_file(options.step);
  proof.question = question(claim);
}

/// Options of one kind of argument that were given for the other.
void check_options(const CLI::App& command, const ProveOptions& options) {
  std::vector<const char*> others = {"--function", "--result", "--wrt",
                                     "--aux",      "--finite", "--train"};
  if (options.of_program()) {
    others = {"--batch", "--optimizer", "--size", "--classes", "--smoothing", "--soft-labels"};
  }
  for (const char* option : others) {
    if (command.count(option) == 0) continue;
    throw Error(std::string(option) + (options.of_program()
                                           ? " is for networks, not for a StableHLO file"
                                           : " is for a StableHLO file (.mlir), not for networks"));
  }
  if (!options.of_program()) check_momentum(command, options.optimizer.optimizer);
}

Proof prove(const CLI::App& command, const ProveOptions& options) {
  Proof proof;
  check_options(command, options);
  if (options.of_program()) {
    ask_program(command, options, proof);
  } else {
    Model model =
        build_training(load(options.network, options.resize),
                       part_size(options.batch, options.optimizer), labels_of(options.labels));
    ask_step(options,
             {model.graph, model.parameters.size(), optimizer_of(options.optimizer), "",
              model.statistics.size()},
             proof);
  }
  proof.net = std::filesystem::path(options.network).stem();
  proof.folder = options.out.empty() ? "certificates/" + proof.net : options.out;
  proof.coq = coq_version();
  make_folder(proof.folder);
  if (!proof.function.empty()) write_file(proof.folder + "/function.mlir", proof.function);
  write_file(proof.text_file(), proof.question.text);
  write_file(proof.certificate_file(), proof.question.certificate);
  CoqLibrary library(PULLBACK_PROOFS);
  library.build(certificate_library(), show_build);
  clear_line();
  if (isatty(STDERR_FILENO) != 0) std::cerr << "pullback: Coq checks the certificate" << std::flush;
  proof.verdict = check_certificate(library, proof.question, proof.certificate_file());
  clear_line();
  return proof;
}

size_t lines_of(const std::string& text) {
  return static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
}

/// "  axioms        …" with the further lines below the first.
std::string row(const std::string& title, const std::vector<std::string>& lines,
                const Style& style) {
  std::string text = "  " + style.bold(title) + std::string(14 - title.size(), ' ');
  return text + join(lines, "\n" + std::string(16, ' ')) + "\n";
}

/// What the gradient's theorem asks of the point.
std::vector<std::string> hypothesis_lines(const Verdict& verdict) {
  if (verdict.hypotheses.empty()) return {"none: g is the gradient at every point"};
  std::vector<std::string> lines = {"g is the gradient where, along the direction,"};
  lines.insert(lines.end(), verdict.hypotheses.begin(), verdict.hypotheses.end());
  return lines;
}

/// One line an axiom, with what it says; the primitives on one.
std::vector<std::string> axiom_lines(const Assumptions& assumptions) {
  Allowed allowed = allowed_in(PULLBACK_PROOFS "/Axioms.v");
  std::vector<std::string> lines;
  for (const std::string& axiom : assumptions.axioms) {
    lines.push_back(axiom + ": " + allowed.axioms[axiom]);
  }
  if (!assumptions.primitives.empty()) {
    lines.push_back("and the kernel's 63-bit integers, which hold the text: " +
                    join(assumptions.primitives));
  }
  if (lines.empty()) lines.emplace_back("none");
  return lines;
}

void print_words(const Proof& p, const Style& style) {
  const Verdict& v = p.verdict;
  if (v.accepted) {
    std::cout << style.green("✓") << " Coq accepts the certificate of " << style.bold(p.net) << ", "
              << p.made() << "\n\n";
    std::cout << row("proven", p.question.statement, style)
              << row("hypotheses", hypothesis_lines(v), style)
              << row("axioms", axiom_lines(v.assumptions), style);
  } else {
    std::cout << style.red("✗") << " Coq rejects the certificate of " << style.bold(p.net) << ", "
              << p.made() << "\n\n"
              << row("because", v.reason, style);
  }
  const std::string& text = p.question.text;
  std::cout << row(p.question.kind,
                   {grouped(static_cast<int64_t>(instruction_count(text))) + " instructions, " +
                    grouped(static_cast<int64_t>(text.size())) + " bytes, " + p.text_file()},
                   style)
            << row("checked",
                   {fmt::format("in {:.1f} s with {} by Coq {}, {}", v.seconds,
                                bytes_text(static_cast<double>(v.peak_bytes)), p.coq,
                                p.certificate_file())},
                   style);
}

void print_json(const Proof& p) {
  const Verdict& v = p.verdict;
  nlohmann::ordered_json json = {
      {"net", p.net},
      {"kind", p.question.kind},
      {"optimizer", p.optimizer},
      {"accepted", v.accepted},
      {"theorem", p.question.theorem},
      {"proven", v.accepted ? join(p.question.statement, " ") : ""},
      {"hypotheses", v.hypotheses},
      {"axioms", v.assumptions.axioms},
      {"primitives", v.assumptions.primitives},
      {"foreign_axioms", v.assumptions.foreign},
      {"reason", join(v.reason, "\n")},
      {"line", v.line},
      {"instructions", instruction_count(p.question.text)},
      {"lines", lines_of(p.question.text)},
      {"bytes", p.question.text.size()},
      {"seconds", v.seconds},
      {"peak_bytes", v.peak_bytes},
      {"coq", p.coq},
      {"step", p.text_file()},
      {"certificate", p.certificate_file()},
  };
  std::cout << json.dump(2) << "\n";
}

void run(const CLI::App& command, const ProveOptions& options) {
  Proof proof = prove(command, options);
  if (options.json) {
    print_json(proof);
  } else {
    print_words(proof, Style::of_stdout());
  }
  if (!proof.verdict.accepted) throw CLI::RuntimeError(1);
}

}  // namespace

void add_prove(CLI::App& app) {
  auto* command = app.add_subcommand(
      "prove", "Let Coq check that a network's train step or a program's gradient is right");
  auto options = std::make_shared<ProveOptions>();
  command
      ->add_option("NET", options->network,
                   "A network of the zoo (see pullback nets), a TOML file, or a StableHLO file "
                   "(.mlir), whose gradient function is certified, as pullback grad prints it")
      ->required()
      ->option_text(" ");
  add_resize(*command, options->resize);
  add_batch(*command, options->batch);
  add_optimizer(*command, options->optimizer);
  add_labels(*command, options->labels);
  add_function(*command, options->function);
  add_gradient(*command, options->gradient);
  command
      ->add_option("--out", options->out, "Where step.mlir or gradient.mlir and Certificate.v go")
      ->option_text("DIR [certificates/NET]");
  command->add_option("--step", options->step, "Certify this text, wherever it was made")
      ->option_text("TEXT.mlir");
  command->add_flag("--json", options->json, "The result as JSON");
  command->callback([command, options] { run(*command, *options); });
}

}  // namespace pullback::cli
