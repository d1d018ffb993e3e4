#include "zoo/zoo.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "nn/model.h"
#include "passes/lower.h"
#include "train/step.h"

namespace pullback {
namespace {

TEST(Zoo, parameter_counts) {
  EXPECT_EQ(build_training(find_network("mnist-linear"), 2).parameter_count(), 7850);
  EXPECT_EQ(build_training(find_network("mnist-mlp"), 2).parameter_count(), 669706);
  EXPECT_EQ(build_training(find_network("mnist-cnn"), 2).parameter_count(), 3489130);
}

TEST(Zoo, every_network_has_a_train_step_with_every_optimizer) {
  for (const Network& network : zoo()) {
    for (const std::string& optimizer : optimizer_names()) {
      SCOPED_TRACE(network.name + " " + optimizer);
      Model model = build_training(network, 4);
      TrainStep step =
          make_train_step(model.graph, model.parameters.size(), optimizer_named(optimizer));
      verify(lower(step.graph));
      for (Value gradient : step.gradients) EXPECT_TRUE(gradient);
    }
  }
}

TEST(Zoo, an_unknown_name_suggests_the_nearest) {
  try {
    find_network("mnist-mpl");
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean 'mnist-mlp'?"), std::string::npos);
  }
}

}  // namespace
}  // namespace pullback
