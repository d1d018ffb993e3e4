#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "base/file.h"
#include "base/random.h"
#include "tests/cli/process.h"
#include "tests/temporary_folder.h"
#include "train/loop/checkpoint.h"
#include "train/loop/log.h"

/// The program, ended at random moments and resumed, computes what it computes undisturbed.
namespace pullback {
namespace {

using namespace std::chrono_literals;

class Killed : public TemporaryFolder {
 protected:
  Killed() { write_tiny_mnist(path("data"), 600); }

  std::vector<std::string> begin(const std::string& run, int epochs = 12) const {
    return {"train",
            "mnist-linear",
            "--epochs",
            std::to_string(epochs),
            "--batch",
            "8",
            "--threads",
            "1",
            "--data",
            path("data"),
            "--out",
            path(run),
            "--checkpoint-every",
            "5"};
  }
  std::vector<std::string> resume(const std::string& run) const {
    return {"train", "--resume", path(run), "--data", path("data"), "--checkpoint-every", "5"};
  }
  /// A run with much to keep: batch norm's statistics, dropout's masks, Adam's moments, averages,
  /// batches in parts, the best checkpoint.
  std::vector<std::string> begin_full(const std::string& run) const {
    write_file(path("net.toml"), R"([network]
name = "net"
source = "a test"
input = [28, 28, 1]
classes = 10

[[layer]]
kind = "max_pool"
window = 4

[[layer]]
kind = "conv_bn"
out = 4
kernel = 3

[[layer]]
kind = "flatten"

[[layer]]
kind = "dropout"

[[layer]]
kind = "dense"
out = 10
)");
    std::vector<std::string> words = begin(run, 4);
    words[1] = path("net.toml");
    for (const char* word : {"--optimizer", "adamw", "--ema", "0.9", "--accumulate", "2",
                             "--eval-every", "20", "--schedule", "one-cycle"}) {
      words.emplace_back(word);
    }
    return words;
  }
  /// What a killed process left: every checkpoint there is is whole.
  void expect_whole_checkpoints(const std::string& run) {
    for (const char* name : {"/checkpoint.safetensors", "/best.safetensors"}) {
      if (!std::filesystem::exists(path(run) + name)) continue;
      EXPECT_NO_THROW(read_checkpoint(path(run) + name)) << run << name;
    }
  }
  bool begun(const std::string& run) const {
    return std::filesystem::exists(path(run) + "/options.json");
  }

  void expect_same_end(const std::string& a, const std::string& b) {
    Checkpoint x = read_checkpoint(path(a) + "/checkpoint.safetensors");
    Checkpoint y = read_checkpoint(path(b) + "/checkpoint.safetensors");
    ASSERT_EQ(x.entries.size(), y.entries.size());
    for (size_t i = 0; i < x.entries.size(); ++i) {
      EXPECT_EQ(x.entries[i].tensor, y.entries[i].tensor) << x.entries[i].name;
    }
    RunLog p(path(a) + "/log.jsonl", 1000000), q(path(b) + "/log.jsonl", 1000000);
    ASSERT_EQ(p.entries().size(), q.entries().size());
    for (size_t i = 0; i < p.entries().size(); ++i) {
      const LogEntry &s = p.entries()[i], &t = q.entries()[i];
      EXPECT_EQ(s.step, t.step);
      EXPECT_EQ(s.loss, t.loss) << s.step;
      EXPECT_EQ(s.accuracy, t.accuracy) << s.step;
      EXPECT_EQ(s.rate, t.rate) << s.step;
      EXPECT_EQ(s.test_loss, t.test_loss) << s.step;
      EXPECT_EQ(s.test_accuracy, t.test_accuracy) << s.step;
    }
  }
};

TEST_F(Killed, fifty_times_at_random_moments_it_goes_on_bit_for_bit) {
  auto start = std::chrono::steady_clock::now();
  Outcome whole = run_program(begin_full("whole"));
  ASSERT_EQ(whole.status, 0) << whole.err;
  std::chrono::duration<double> wait = std::chrono::steady_clock::now() - start;
  Random random(7, "moments");
  int kills = 0;
  for (int round = 0; kills < 50; ++round) {
    ASSERT_LT(round, 400);
    std::string run = "killed" + std::to_string(round);
    for (bool done = false; !done;) {
      Process process(begun(run) ? resume(run) : begin_full(run), path(""));
      std::this_thread::sleep_for(wait * random.uniform() * 0.6);
      done = !process.running();
      if (done) wait *= 0.8;  // the machine has become faster
      if (!done) process.signal(SIGKILL);
      Outcome outcome = process.wait();
      done = outcome.status == 0;
      if (!done) {
        ASSERT_EQ(outcome.status, -SIGKILL) << outcome.err;
        expect_whole_checkpoints(run);
        ++kills;
      } else {
        EXPECT_EQ(outcome.out, whole.out);
      }
    }
    expect_same_end("whole", run);
  }
}

TEST_F(Killed, by_ctrl_c_it_saves_and_says_how_to_resume) {
  ASSERT_EQ(run_program(begin("whole", 40)).status, 0);
  for (int signal : {SIGINT, SIGTERM}) {
    std::string run = "stopped" + std::to_string(signal);
    Process process(begin(run, 40), path(""));
    while (process.running() && !std::filesystem::exists(path(run) + "/curves.svg")) {
      std::this_thread::sleep_for(1ms);
    }
    process.signal(signal);
    Outcome stopped = process.wait();
    EXPECT_EQ(stopped.status, 130) << stopped.err;
    EXPECT_EQ(stopped.out, "");
    EXPECT_NE(stopped.err.find("go on with: pullback train --resume " + path(run)),
              std::string::npos)
        << stopped.err;
    EXPECT_EQ(run_program(resume(run)).status, 0);
    expect_same_end("whole", run);
  }
}

}  // namespace
}  // namespace pullback
