#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "nn/model.h"
#include "passes/lower.h"
#include "print/stablehlo.h"
#include "run/executable.h"
#include "train/step.h"
#include "zoo/zoo.h"

namespace {
std::atomic<long> allocations{0};

void* counted(std::size_t bytes, std::size_t alignment) {
  ++allocations;
  bytes = (bytes + alignment - 1) / alignment * alignment;
  void* p = std::aligned_alloc(alignment, bytes == 0 ? alignment : bytes);
  if (!p) throw std::bad_alloc();
  return p;
}
}  // namespace

void* operator new(std::size_t bytes) { return counted(bytes, alignof(std::max_align_t)); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return counted(bytes, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(bytes == 0 ? 1 : bytes);
}
void operator delete(void* p, const std::nothrow_t&) noexcept { std::free(p); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }

namespace pullback {
namespace {

TEST(Native, a_step_allocates_nothing) {
  for (const char* net : {"mnist-linear", "mnist-mlp", "mnist-cnn"}) {
    Model model = build_training(find_network(net), 8);
    TrainStep step = make_train_step(model.graph, model.parameters.size(), Momentum{});
    auto native = compile("native", print_stablehlo(lower(step.graph)), "step.mlir",
                          {.threads = 2, .kept = step.kept()});
    native->run();  // starts the threads
    const long before = allocations;
    for (int s = 0; s < 3; ++s) native->run();
    EXPECT_EQ(allocations, before) << net;
  }
}

}  // namespace
}  // namespace pullback
