#include <gtest/gtest.h>

#include <filesystem>

#include "base/file.h"
#include "tests/cli/process.h"
#include "tests/cli/program.h"
#include "train/loop/checkpoint.h"

/// Training in two processes under mpirun.
namespace pullback {
namespace {

const std::string program = PULLBACK_BINARY;

class Processes : public ::testing::Test {
 protected:
  void SetUp() override {
    bool built = std::filesystem::exists(std::filesystem::path(program).parent_path() /
                                         "libpullback_mpi.so");
    if (!built || test::shell("command -v mpirun").status != 0) {
      GTEST_SKIP() << "no MPI; apt-get install openmpi-bin libopenmpi-dev, and build again";
    }
    write_tiny_mnist(path("data"), 600);
  }

  std::string path(const std::string& name) const { return folder_.path() + "/" + name; }
  /// The start of a command line for `count` processes on this machine.
  static std::string mpirun(int count) {
    return "env OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 mpirun --oversubscribe "
           "-n " +
           std::to_string(count) + " '" + program + "' ";
  }
  static std::string train(const std::string& run, const std::string& more = "--epochs 2") {
    return "train mnist-mlp --batch 60 --threads 1 --data data --out " + run + " " + more;
  }
  test::Execution execute(const std::string& line) const {
    return test::shell(line, folder_.path());
  }
  Checkpoint end_of(const std::string& run) const {
    return read_checkpoint(path(run) + "/checkpoint.safetensors");
  }

 private:
  test::TemporaryFolder folder_;
};

TEST_F(Processes, compute_what_one_does_with_the_same_batch) {
  test::Execution one = test::pullback(train("one"), path(""));
  ASSERT_EQ(one.status, 0) << one.err;
  for (int count : {2, 3}) {
    std::string run = "run" + std::to_string(count);
    test::Execution several = execute(mpirun(count) + train(run));
    ASSERT_EQ(several.status, 0) << several.err;
    // Once, not once a process.
    EXPECT_EQ(several.out.find("best test"), several.out.rfind("best test"));
    Checkpoint x = end_of("one"), y = end_of(run);
    ASSERT_EQ(x.entries.size(), y.entries.size());
    for (size_t i = 0; i < x.entries.size(); ++i) {
      const Tensor &a = x.entries[i].tensor, &b = y.entries[i].tensor;
      ASSERT_EQ(a.type(), b.type());
      for (int64_t k = 0; k < a.type().count(); ++k) {
        ASSERT_NEAR(a.at(k), b.at(k), 1e-5) << x.entries[i].name << " " << k;
      }
    }
  }
}

TEST_F(Processes, go_on_bit_for_bit_after_a_signal) {
  ASSERT_EQ(execute(mpirun(2) + train("whole", "--epochs 40")).status, 0);
  test::Execution stopped = execute(
      mpirun(2) + train("stopped", "--epochs 40") +
      " & p=$!\nuntil [ -f stopped/curves.svg ]; do sleep 0.01; done; kill -INT $p; wait $p");
  EXPECT_NE(stopped.status, 0) << stopped.out;
  test::Execution resumed = execute(mpirun(2) + "train --resume stopped --data data");
  ASSERT_EQ(resumed.status, 0) << resumed.err;
  Checkpoint x = end_of("whole"), y = end_of("stopped");
  for (size_t i = 0; i < x.entries.size(); ++i) {
    EXPECT_EQ(x.entries[i].tensor, y.entries[i].tensor) << x.entries[i].name;
  }
}

TEST_F(Processes, say_what_is_wrong_once) {
  ASSERT_EQ(execute(mpirun(2) + train("pair")).status, 0);
  struct Mistake {
    std::string line, message;
  };
  for (const Mistake& m : std::vector<Mistake>{
           {mpirun(2) + "train mnist-mlp --batch 61 --data data", "a multiple of --replicas, 2"},
           {mpirun(2) + train("a", "--backend interp"), "runs in one process, not 2"},
           {mpirun(2) + train("a", "--replicas 4"), "mpirun -n 4"},
           {"'" + program + "' train --resume pair --data data", "mpirun -n 2"},
           {mpirun(2) + "train mnist-mlp --out a --data nowhere", "nowhere"},
           {mpirun(2) + train("b", "--lr 1e30"), "the training diverged"}}) {
    test::Execution failed = execute(m.line);
    EXPECT_NE(failed.status, 0) << m.line;
    EXPECT_NE(failed.err.find(m.message), std::string::npos) << m.line << "\n" << failed.err;
    EXPECT_EQ(failed.err.find(m.message), failed.err.rfind(m.message)) << failed.err;
  }
  EXPECT_FALSE(std::filesystem::exists(path("a")));
  test::Execution missing = execute("env PULLBACK_MPI=/nowhere/mpi.so " + mpirun(2) + train("a"));
  EXPECT_NE(missing.err.find("MPI cannot be loaded: /nowhere/mpi.so"), std::string::npos)
      << missing.err;
}

}  // namespace
}  // namespace pullback
