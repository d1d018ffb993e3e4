#pragma once

#include <string_view>
#include <vector>

namespace pullback::kernels {

/// The instruction sets the kernels are compiled for: the compiler's baseline (4 lanes of f32),
/// AVX2 + FMA (8 lanes, 16 registers), AVX-512 F/VL/BW/DQ (16 lanes, 32 registers).
enum class Isa { generic, avx2, avx512 };

std::string_view name(Isa isa);

/// f32 lanes of a vector: 4, 8, 16.
int vector_width(Isa isa);

/// Whether this CPU and operating system run `isa`, and this build has it.
bool supported(Isa isa);

/// All supported instruction sets, the widest last.
std::vector<Isa> supported_isas();

/// What kernels use unless told otherwise: the widest supported one, or what the environment
/// variable PULLBACK_ISA (generic, avx2, avx512) says. Throws Error when that variable names an
/// unknown or unsupported instruction set.
Isa active_isa();

}  // namespace pullback::kernels
