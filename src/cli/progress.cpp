#include "cli/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>

namespace pullback::cli {

namespace {

using namespace std::chrono_literals;

std::string duration(double seconds) {
  auto s = static_cast<int64_t>(seconds + 0.5);
  if (s < 60) return fmt::format("{}s", s);
  if (s < 3600) return fmt::format("{}m{:02}s", s / 60, s % 60);
  return fmt::format("{}h{:02}m", s / 3600, s / 60 % 60);
}

std::string figures(const Progress& p) {
  std::string loss = p.loss < 1e4 ? fmt::format("{:.4f}", p.loss) : fmt::format("{:.3g}", p.loss);
  return fmt::format("loss {}  accuracy {:.4f}  {:.0f} images/s", loss, p.accuracy,
                     p.images_per_second);
}

int terminal_width() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

ProgressDisplay::ProgressDisplay()
    : terminal_(isatty(STDERR_FILENO) != 0), last_(std::chrono::steady_clock::now() - 1h) {}

void ProgressDisplay::show(const Progress& p) {
  auto now = std::chrono::steady_clock::now();
  bool due = now - last_ > (terminal_ ? 100ms : 10000ms);
  if (!terminal_ && p.step == 1) due = true;
  if (p.test_accuracy >= 0) {
    clear();
    std::string place =
        p.epoch_done ? "" : fmt::format("  step {}/{}", p.epoch_step, p.steps_per_epoch);
    fmt::print(stderr, "epoch {}/{}{}  {}  {} accuracy {:.4f}\n", p.epoch, p.epochs, place,
               figures(p), p.evaluated, p.test_accuracy);
  } else if (due) {
    terminal_ ? bar(p) : line(p);
  } else {
    return;
  }
  std::fflush(stderr);
  last_ = now;
}

void ProgressDisplay::line(const Progress& p) {
  fmt::print(stderr, "epoch {}/{}  step {}/{}  {}  {} left\n", p.epoch, p.epochs, p.epoch_step,
             p.steps_per_epoch, figures(p), duration(p.seconds_left));
}

void ProgressDisplay::bar(const Progress& p) {
  std::string head = fmt::format("epoch {}/{} ", p.epoch, p.epochs);
  std::string tail = fmt::format(" {}  {} left", figures(p), duration(p.seconds_left));
  int room = terminal_width() - static_cast<int>(head.size() + tail.size()) - 1;
  std::string blocks;
  if (room > 4) {
    int width = std::min(room, 30);
    int64_t done = width * p.epoch_step / p.steps_per_epoch;
    for (int64_t i = 0; i < width; ++i) blocks += i < done ? "█" : "░";
  }
  fmt::print(stderr, "\r\033[K{}{}{}", head, blocks, tail);
}

void ProgressDisplay::clear() {
  if (terminal_) fmt::print(stderr, "\r\033[K");
}

}  // namespace pullback::cli
