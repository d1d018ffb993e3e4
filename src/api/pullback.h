#pragma once

/// Pullback as a library: everything that reads, builds, checks, differentiates, prints, proves and
/// runs StableHLO programs, and trains networks.
///
///   Graph energy = read_stablehlo("energy.mlir");           // parse, check types (parse/, ir/)
///   Graph both = gradient(energy);                          // value and gradients (autodiff/)
///   std::string text = print_stablehlo(lower(both));        // print (print/, passes/)
///   std::vector<Tensor> values = evaluate(both, arguments); // reference interpreter (interp/)
///   auto fast = compile("native", text, "energy", {});      // compile once, run often (run/)
///
/// A mistake in what is given (a text, a file, shapes, an option) throws Error, whose message has
/// the file, line and column, the op, values and shapes, and what was expected. Values are plain
/// data: different threads may use different Graphs, Tensors and Executables at once, and read the
/// same ones; one Executable serves one thread at a time. There is no state to set up or to end;
/// compiled programs share one team of threads, which starts with the first of them.
#include "api/program.h"
#include "api/version.h"
#include "autodiff/backward.h"
#include "base/error.h"
#include "data/batcher.h"
#include "data/mnist.h"
#include "data/npy/npy.h"
#include "interp/interpreter.h"
#include "ir/builder.h"
#include "ir/graph.h"
#include "nn/model.h"
#include "parse/stablehlo.h"
#include "passes/lower.h"
#include "print/stablehlo.h"
#include "run/executable.h"
#include "train/loop/checkpoint.h"
#include "train/optimizer.h"
#include "train/step.h"
#include "zoo/load.h"
#include "zoo/toml.h"
#include "zoo/zoo.h"
