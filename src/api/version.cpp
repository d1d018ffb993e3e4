#include "api/version.h"

namespace pullback {

std::string_view version() { return PULLBACK_VERSION; }

}  // namespace pullback
