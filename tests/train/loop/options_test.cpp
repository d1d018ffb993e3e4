#include "train/loop/options.h"

#include <gtest/gtest.h>

#include <cmath>
#include <utility>

#include "tests/temporary_folder.h"

namespace pullback {
namespace {

TEST(TrainOptions, schedules_begin_at_the_rate) {
  auto rate = [](const char* schedule, int64_t step, double warmup = 0) {
    return rate_at(parse_schedule(schedule), 0.5, warmup, {step, 10, 2});
  };
  EXPECT_EQ(rate("constant", 0), 0.5f);
  EXPECT_EQ(rate("constant", 9), 0.5f);
  EXPECT_EQ(rate("cosine", 0), 0.5f);
  EXPECT_NEAR(rate("cosine", 5), 0.25f, 1e-8);
  EXPECT_NEAR(rate("cosine", 10), 0, 1e-8);
  EXPECT_EQ(rate("step:2:0.5", 3), 0.5f);
  EXPECT_EQ(rate("step:2:0.5", 4), 0.25f);
  EXPECT_EQ(rate("step:2:0.5", 8), 0.125f);
  EXPECT_NEAR(rate("exponential:0.81", 1), 0.45f, 1e-7);
  // Four steps of warm-up; then the schedule's first.
  EXPECT_EQ(rate("cosine", 0, 2), 0.125f);
  EXPECT_EQ(rate("cosine", 3, 2), 0.5f);
  EXPECT_EQ(rate("cosine", 4, 2), 0.5f);
  EXPECT_NEAR(rate("cosine", 7, 2), 0.25f, 1e-8);
  // torch.optim.lr_scheduler.OneCycleLR(SGD(lr=0.5), max_lr=0.5, total_steps=10)
  const double torch[] = {0.02,        0.26,        0.5,         0.475242316, 0.405872827,
                          0.305631011, 0.194370989, 0.094129173, 0.024759684, 2e-06};
  for (int64_t step = 0; step < 10; ++step) {
    EXPECT_NEAR(rate("one-cycle", step), torch[step], 1e-7) << step;
  }
  for (const char* text :
       {"constant", "step:2:0.5", "cosine", "exponential:0.9", "one-cycle:0.25"}) {
    EXPECT_EQ(parse_schedule(text).text(), text);
  }
}

TEST(Options, a_schedule_that_cannot_be_is_named) {
  for (auto [text, part] :
       {std::pair{"steps", "there is no schedule 'steps'; choose constant, step:"},
        {"step:x", "'x' is not a number"},
        {"step:0", "its epochs must be positive"},
        {"step:3:0.1:4", "too many numbers"},
        {"cosine:3", "too many numbers"},
        {"exponential:2", "at most 1"},
        {"one-cycle:1", "its peak must be between 0 and 1"}}) {
    try {
      parse_schedule(text);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
  }
}

TEST(TrainOptions, survive_their_text) {
  for (const char* net : {"mnist-linear", "mnist-mlp", "mnist-cnn", "a b/\"c\".toml"}) {
    TrainOptions options = default_options(net);
    options.rate = 0.1 + 0.2;
    options.momentum = 1.0 / 3;
    options.seed = ~uint64_t{0};
    options.weight_decay = 0.01;
    options.clip_norm = 1;
    options.decay_vectors = true;
    options.average = 0.999;
    options.parts = 4;
    options.smoothing = 0.1;
    EXPECT_EQ(parse_options(print_options(options), "f"), options);
  }
}

TEST(TrainOptions, of_the_zoo_are_valid) {
  for (const char* net : {"mnist-linear", "mnist-mlp", "mnist-cnn", "x.toml"}) {
    check_options(default_options(net));
  }
}

TEST(TrainOptions, momentum_reaches_the_optimizer_exactly) {
  TrainOptions options;
  options.momentum = 0.95;
  EXPECT_EQ(optimizer_of(options), Optimizer(Momentum{.momentum = Decimal(95, -2)}));
  options.optimizer = "nesterov";
  EXPECT_EQ(optimizer_of(options), Optimizer(Nesterov{.momentum = Decimal(95, -2)}));
  options.optimizer = "sgd";
  EXPECT_EQ(optimizer_of(options), Optimizer(Sgd{}));
}

TEST(TrainOptions, weight_decay_and_clipping_reach_the_optimizer) {
  TrainOptions options;
  options.optimizer = "adamw";
  options.weight_decay = 0.01;
  options.decay_vectors = true;
  options.clip_norm = 2.5;
  Optimizer wanted = AdamW{};
  wanted.weight_decay = Decimal(1, -2);
  wanted.decay_vectors = true;
  wanted.clip_norm = Decimal(25, -1);
  EXPECT_EQ(optimizer_of(options), wanted);
}

TEST(TrainOptions, averages_parts_and_smoothing_are_in_range) {
  TrainOptions options;
  options.average = 0.999;
  options.parts = 4;
  options.smoothing = 0.1;
  check_options(options);
  EXPECT_EQ(optimizer_of(options).average, Decimal(999, -3));
  EXPECT_EQ(optimizer_of(options).parts, Decimal(4));
  EXPECT_EQ(labels_of(options).smoothing, Decimal(1, -1));
  TrainOptions plain;
  EXPECT_FALSE(optimizer_of(plain).parts.has_value());
  auto rejected = [](auto change, const std::string& why) {
    TrainOptions wrong;
    change(wrong);
    expect_error([&] { check_options(wrong); }, why);
  };
  rejected([](TrainOptions& o) { o.average = 1; }, "--ema is 1");
  rejected([](TrainOptions& o) { o.smoothing = 1; }, "--smoothing is 1");
  rejected([](TrainOptions& o) { o.parts = 0; }, "--accumulate is 0");
  rejected([](TrainOptions& o) { o.parts = 3; }, "multiple of --accumulate, 3");
}

TEST(TrainOptions, differences_name_both_sides) {
  TrainOptions a, b;
  EXPECT_EQ(differences(a, b), "");
  a.rate = 0.5;
  a.optimizer = "sgd";
  EXPECT_EQ(differences(a, b),
            "\n  --lr 0.5, but the run has --lr 0.02"
            "\n  --optimizer sgd, but the run has --optimizer momentum");
  a = b;
  a.weight_decay = 0.1;
  EXPECT_EQ(differences(a, b), "\n  --weight-decay 0.1, but the run has --weight-decay 0.0");
}

struct Bad {
  const char* message;
  void (*change)(TrainOptions&);
};

TEST(TrainOptions, that_cannot_be_are_rejected) {
  const Bad table[] = {
      {"--epochs is 0; it must be between 1", [](TrainOptions& o) { o.epochs = 0; }},
      {"--batch is -1; it must be between 1", [](TrainOptions& o) { o.batch = -1; }},
      {"--lr is nan; it must be a positive", [](TrainOptions& o) { o.rate = NAN; }},
      {"--lr is inf; it must be a positive", [](TrainOptions& o) { o.rate = INFINITY; }},
      {"--lr is -0.1; it must be a positive", [](TrainOptions& o) { o.rate = -0.1; }},
      {"--lr is 0.0; it must be a positive", [](TrainOptions& o) { o.rate = 0; }},
      {"--momentum is 1.0; it must be", [](TrainOptions& o) { o.momentum = 1; }},
      {"--momentum is nan; it must be", [](TrainOptions& o) { o.momentum = NAN; }},
      {"--threads is -2; it must be", [](TrainOptions& o) { o.threads = -2; }},
      {"--threads is 2000; it must be", [](TrainOptions& o) { o.threads = 2000; }},
      {"--backend is 'gpu'; choose one of native", [](TrainOptions& o) { o.backend = "gpu"; }},
      {"lion", [](TrainOptions& o) { o.optimizer = "lion"; }},
      {"--weight-decay is -0.1; it must be", [](TrainOptions& o) { o.weight_decay = -0.1; }},
      {"--weight-decay is nan; it must be", [](TrainOptions& o) { o.weight_decay = NAN; }},
      {"--clip-norm is -1.0; it must be", [](TrainOptions& o) { o.clip_norm = -1; }},
      {"--clip-norm is inf; it must be", [](TrainOptions& o) { o.clip_norm = INFINITY; }},
  };
  for (const Bad& bad : table) {
    TrainOptions options;
    bad.change(options);
    expect_error([&] { check_options(options); }, bad.message);
  }
}

TEST(TrainOptions, of_a_damaged_file_are_rejected) {
  for (const char* text : {"", "{", "[]", "{}", "{\"net\": 3}", "null"}) {
    expect_error([&] { parse_options(text, "runs/x/options.json"); },
                 "'runs/x/options.json' does not hold the options of a run");
  }
  TrainOptions options;
  options.net = "mnist-mlp";
  const std::string whole = print_options(options);
  const std::pair<const char*, const char*> changes[] = {
      {"\"seed\": 1", "\"seed\": -1"},           {"\"epochs\": 10", "\"epochs\": 1.5"},
      {"\"batch\": 128", "\"batch\": \"many\""}, {"\"threads\": 0", "\"threads\": 4294967297"},
      {"\"batch\": 128", "\"batch\": 1e300"},    {"\"batch\": 128", "\"batch\": null"}};
  for (auto [from, to] : changes) {
    std::string text = whole;
    ASSERT_NE(text.find(from), std::string::npos) << from;
    text.replace(text.find(from), std::string(from).size(), to);
    expect_error([&] { parse_options(text, "o.json"); }, "'o.json' does not hold the options",
                 "no whole number in its range");
  }
}

}  // namespace
}  // namespace pullback
