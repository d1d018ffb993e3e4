// Molecular dynamics of 32 atoms whose energy was exported from JAX. Pullback derives the forces,
// compiles energy and forces into one program and runs it every time step, without Python.
//   forces energy.mlir [STEPS]
#include <pullback/pullback.h>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>

using namespace pullback;

namespace {

constexpr int atoms = 32, numbers = 3 * atoms;
constexpr float time_step = 0.002f;

/// The potential energy of positions f32[32, 3], and its gradient.
class Potential {
 public:
  explicit Potential(const std::string& file)
      : executable_(compile("native", gradient_text(file), file, {})) {}

  /// Returns the energy and writes the forces, minus the gradient.
  float operator()(const std::vector<float>& positions, std::vector<float>& forces) {
    executable_->set_argument(0, Tensor({atoms, 3}, positions));
    executable_->run();
    Tensor gradient = executable_->result(1);
    for (int i = 0; i < numbers; ++i) forces[i] = -gradient.values<float>()[i];
    return executable_->result(0).values<float>()[0];
  }

 private:
  static std::string gradient_text(const std::string& file) {
    return print_stablehlo(lower(gradient(read_stablehlo(file))));
  }
  std::unique_ptr<Executable> executable_;
};

/// A 4 × 4 × 2 lattice, slightly shaken.
std::vector<float> lattice() {
  std::vector<float> positions;
  std::mt19937 random(1);
  for (int i = 0; i < atoms; ++i) {
    for (int place : {i % 4, i / 4 % 4, i / 16}) {
      positions.push_back(1.7f * static_cast<float>(place) +
                          1e-10f * static_cast<float>(random() % 1000000000));
    }
  }
  return positions;
}

int run(const std::string& file, int steps) {
  Potential potential(file);
  std::vector<float> x = lattice(), v(numbers), f(numbers);
  float energy = potential(x, f);
  auto total = [&] {
    double kinetic = 0;
    for (float component : v) kinetic += 0.5 * component * component;
    return energy + kinetic;
  };
  double first = total();
  std::printf("%6s %12s %12s\n%6d %12.6f %12.6f\n", "step", "potential", "total", 0, energy, first);
  for (int step = 1; step <= steps; ++step) {
    // velocity Verlet, unit masses
    for (int i = 0; i < numbers; ++i) v[i] += 0.5f * time_step * f[i];
    for (int i = 0; i < numbers; ++i) x[i] += time_step * v[i];
    energy = potential(x, f);
    for (int i = 0; i < numbers; ++i) v[i] += 0.5f * time_step * f[i];
    if (step % (steps / 5 ? steps / 5 : 1) == 0)
      std::printf("%6d %12.6f %12.6f\n", step, energy, total());
  }
  double drift = std::abs(total() - first);
  std::printf("the total energy moved by %.2g\n", drift);
  return drift < 1e-3 * (1 + std::abs(first)) ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    if (count < 2) throw Error("usage: forces energy.mlir [STEPS]");
    return run(arguments[1], count > 2 ? std::atoi(arguments[2]) : 500);
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
