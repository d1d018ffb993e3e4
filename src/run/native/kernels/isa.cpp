#include "run/native/kernels/isa.h"

#include <cstdlib>
#include <string>

#include "base/error.h"
#include "base/text.h"

namespace pullback::kernels {

std::string_view name(Isa isa) {
  switch (isa) {
    case Isa::generic:
      return "generic";
    case Isa::avx2:
      return "avx2";
    case Isa::avx512:
      return "avx512";
  }
  return "unknown";
}

int vector_width(Isa isa) {
  switch (isa) {
    case Isa::generic:
      return 4;
    case Isa::avx2:
      return 8;
    case Isa::avx512:
      return 16;
  }
  return 1;
}

bool supported(Isa isa) {
  if (isa == Isa::generic) return true;
#ifdef PULLBACK_X86_KERNELS
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (isa == Isa::avx2) return avx2;
  return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
#else
  return false;
#endif
}

std::vector<Isa> supported_isas() {
  std::vector<Isa> isas;
  for (const Isa isa : {Isa::generic, Isa::avx2, Isa::avx512}) {
    if (supported(isa)) isas.push_back(isa);
  }
  return isas;
}

Isa active_isa() {
  const std::vector<Isa> isas = supported_isas();
  const char* wanted = std::getenv("PULLBACK_ISA");
  if (!wanted || !*wanted) return isas.back();
  for (const Isa isa : isas) {
    if (name(isa) == wanted) return isa;
  }
  throw Error("PULLBACK_ISA is '" + std::string(wanted) + "', but this CPU and build run only " +
              join(isas, ", ", [](Isa isa) { return std::string(name(isa)); }) +
              "\n  hint: unset PULLBACK_ISA to take the widest");
}

}  // namespace pullback::kernels
