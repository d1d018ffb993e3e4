#pragma once

#include <gtest/gtest.h>

#include "base/error.h"
#include "run/pjrt/find.h"
#include "tests/run/step_support.h"

/// Skips the test, visibly, where there is no plugin for the CPU.
#define SKIP_WITHOUT_PLUGIN()                                                          \
  try {                                                                                \
    pjrt::find_plugin("cpu");                                                          \
  } catch (const Error&) {                                                             \
    GTEST_SKIP() << "there is no PJRT plugin here; pullback backends install xla-cpu"; \
  }
