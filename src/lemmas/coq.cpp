#include "lemmas/coq.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace pullback {

namespace {

constexpr std::array keywords{"Lemma",      "Theorem",  "Corollary", "Definition", "Fixpoint",
                              "Inductive",  "Record",   "Remark",    "Fact",       "Proposition",
                              "CoFixpoint", "Function", "Example"};

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
bool is_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '\'';
}

/// Walks over a source, one sentence at a time.
class Reader {
 public:
  Reader(const std::string& source, const std::string& file) : source_(source), file_(file) {}

  std::vector<CoqStatement> run() {
    while (skip_to_sentence()) sentence();
    return std::move(found_);
  }

 private:
  bool at(std::string_view text) const { return source_.compare(at_, text.size(), text) == 0; }

  /// The position after the comment that begins here.
  size_t comment_end() const {
    int depth = 0;
    size_t i = at_;
    while (i < source_.size()) {
      if (source_.compare(i, 2, "(*") == 0) {
        ++depth;
        i += 2;
      } else if (source_.compare(i, 2, "*)") == 0) {
        i += 2;
        if (--depth == 0) return i;
      } else {
        ++i;
      }
    }
    return i;
  }
  size_t string_end() const {
    size_t end = source_.find('"', at_ + 1);
    return end == std::string::npos ? source_.size() : end + 1;
  }

  /// Goes to the next sentence over white space and comments, of which the last is kept; false at
  /// the file's end.
  bool skip_to_sentence() {
    comment_.clear();
    while (at_ < source_.size()) {
      if (is_space(source_[at_])) {
        ++at_;
      } else if (at("(*")) {
        size_t end = comment_end();
        comment_ = inside(source_.substr(at_, end - at_));
        at_ = end;
      } else {
        return true;
      }
    }
    return false;
  }

  /// A comment's text; "" for one that only divides a file.
  static std::string inside(const std::string& comment) {
    std::string text = comment.substr(2, comment.size() - 4);
    size_t begin = text.find_first_not_of(" \n");
    if (begin == std::string::npos) return "";
    text = text.substr(begin, text.find_last_not_of(" \n") + 1 - begin);
    return text.starts_with("---") || text.starts_with("===") ? "" : text;
  }

  void sentence() {
    size_t begin = at_;
    while (at_ < source_.size()) {
      if (at("(*")) {
        at_ = comment_end();
      } else if (source_[at_] == '"') {
        at_ = string_end();
      } else if (source_[at_] == '.' && (at_ + 1 == source_.size() || is_space(source_[at_ + 1]))) {
        ++at_;
        break;
      } else {
        ++at_;
      }
    }
    keep(begin);
  }

  void keep(size_t begin) {
    std::string text = source_.substr(begin, at_ - begin);
    size_t end = 0;
    while (end < text.size() && is_name(text[end])) ++end;
    std::string keyword = text.substr(0, end);
    if (std::find(keywords.begin(), keywords.end(), keyword) == keywords.end()) return;
    size_t name = end;
    while (name < text.size() && is_space(text[name])) ++name;
    end = name;
    while (end < text.size() && is_name(text[end])) ++end;
    auto line =
        std::count(source_.begin(), source_.begin() + static_cast<std::ptrdiff_t>(begin), '\n');
    found_.push_back({.keyword = keyword,
                      .name = text.substr(name, end - name),
                      .file = file_,
                      .line = static_cast<int>(line) + 1,
                      .comment = comment_,
                      .text = std::move(text)});
  }

  const std::string& source_;
  const std::string& file_;
  size_t at_ = 0;
  std::string comment_;
  std::vector<CoqStatement> found_;
};

}  // namespace

std::vector<CoqStatement> read_coq(const std::string& source, const std::string& file) {
  return Reader(source, file).run();
}

}  // namespace pullback
