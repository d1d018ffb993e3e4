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
#include "cli/network_option.h"
#include "cli/number_option.h"
#include "cli/optimizer_option.h"
#include "nn/model.h"
#include "passes/lower.h"
#include "print/stablehlo.h"
#include "prove/certificate.h"
#include "prove/coqc.h"
#include "prove/report.h"
#include "train/step.h"

namespace pullback::cli {

namespace {

struct ProveOptions {
  std::string network;
  Resize resize;
  int64_t batch = 128;
  OptimizerOptions optimizer{.optimizer = "sgd"};
  std::string out, step;
  bool json = false;
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
  Claim claim;
  std::string net, folder, coq;
  Verdict verdict;

  std::string step_file() const { return folder + "/step.mlir"; }
  std::string certificate_file() const { return folder + "/Certificate.v"; }
};

Claim claim_of(const ProveOptions& options) {
  Model model = build_training(load(options.network, options.resize), options.batch);
  Claim claim{model.graph, model.parameters.size(), optimizer_of(options.optimizer), "",
              model.statistics.size()};
  claim.step = options.step.empty()
                   ? print_stablehlo(lower(make_train_step(claim.forward, claim.parameters,
                                                           claim.optimizer, claim.statistics)
                                               .graph))
                   : read_file(options.step);
  return claim;
}

Proof prove(const ProveOptions& options) {
  Proof proof;
  proof.claim = claim_of(options);
  proof.net = std::filesystem::path(options.network).stem();
  proof.folder = options.out.empty() ? "certificates/" + proof.net : options.out;
  proof.coq = coq_version();
  make_folder(proof.folder);
  write_file(proof.step_file(), proof.claim.step);
  write_file(proof.certificate_file(), certificate(proof.claim));
  CoqLibrary library(PULLBACK_PROOFS);
  library.build(certificate_library(), show_build);
  clear_line();
  if (isatty(STDERR_FILENO) != 0) std::cerr << "pullback: Coq checks the certificate" << std::flush;
  proof.verdict = check_certificate(library, proof.claim, proof.certificate_file());
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
              << name_of(p.claim.optimizer) << "\n\n";
    std::cout << row("proven", statement(p.claim), style)
              << row("hypotheses", hypothesis_lines(v), style)
              << row("axioms", axiom_lines(v.assumptions), style);
  } else {
    std::cout << style.red("✗") << " Coq rejects the certificate of " << style.bold(p.net) << ", "
              << name_of(p.claim.optimizer) << "\n\n"
              << row("because", v.reason, style);
  }
  std::cout << row("step",
                   {grouped(static_cast<int64_t>(instruction_count(p.claim.step))) +
                    " instructions, " + grouped(static_cast<int64_t>(p.claim.step.size())) +
                    " bytes, " + p.step_file()},
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
      {"optimizer", name_of(p.claim.optimizer)},
      {"accepted", v.accepted},
      {"theorem", "certificate_sound"},
      {"proven", v.accepted ? join(statement(p.claim), " ") : ""},
      {"hypotheses", v.hypotheses},
      {"axioms", v.assumptions.axioms},
      {"primitives", v.assumptions.primitives},
      {"foreign_axioms", v.assumptions.foreign},
      {"reason", join(v.reason, "\n")},
      {"line", v.line},
      {"instructions", instruction_count(p.claim.step)},
      {"lines", lines_of(p.claim.step)},
      {"bytes", p.claim.step.size()},
      {"seconds", v.seconds},
      {"peak_bytes", v.peak_bytes},
      {"coq", p.coq},
      {"step", p.step_file()},
      {"certificate", p.certificate_file()},
  };
  std::cout << json.dump(2) << "\n";
}

void run(const ProveOptions& options) {
  Proof proof = prove(options);
  if (options.json) {
    print_json(proof);
  } else {
    print_words(proof, Style::of_stdout());
  }
  if (!proof.verdict.accepted) throw CLI::RuntimeError(1);
}

}  // namespace

void add_prove(CLI::App& app) {
  auto* command = app.add_subcommand("prove", "Let Coq check that a network's train step is right");
  auto options = std::make_shared<ProveOptions>();
  add_network(*command, options->network, options->resize);
  add_batch(*command, options->batch);
  add_optimizer(*command, options->optimizer);
  command->add_option("--out", options->out, "Where step.mlir and Certificate.v go")
      ->option_text("DIR [certificates/NET]");
  command->add_option("--step", options->step, "Certify this text, wherever it was made")
      ->option_text("TEXT.mlir");
  command->add_flag("--json", options->json, "The result as JSON");
  command->callback([command, options] {
    check_momentum(*command, options->optimizer.optimizer);
    run(*options);
  });
}

}  // namespace pullback::cli
