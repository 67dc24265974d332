// Runs a libFuzzer entry point without libFuzzer: every file of a corpus folder, then N mutations of them, the same
// ones on every run. usage: fuzz_x FOLDER-OR-FILE [MUTATIONS]
//
// When the entry point aborts or crashes, the input goes to standard error; saved to a file, it is run alone as
// `fuzz_x FILE 0`.
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr std::size_t max_input_bytes = 1 << 16;  // longer ones only make the run slower: limits have unit tests

// What parsers of JSON stumble over; inserted as whole words because chance would hardly ever spell them.
constexpr std::string_view words[] = {"{",
                                      "}",
                                      "[",
                                      "]",
                                      ",",
                                      ":",
                                      "\"",
                                      "\\",
                                      "null",
                                      "true",
                                      "false",
                                      "0",
                                      "-0",
                                      "-1",
                                      "1e999",
                                      "1.0",
                                      "16",
                                      "18446744073709551615",
                                      "18446744073709551616",
                                      "9007199254740992",
                                      "\\u0000",
                                      "\\ud800",
                                      "\\udc00",
                                      "\xFF",
                                      "\xC3",
                                      "\xED\xA0\x80",
                                      "\xEF\xBF\xBF",
                                      "\xEF\xBB\xBF",
                                      "\"type\"",
                                      "\"id\"",
                                      "\"values\":[]",
                                      "\"x\":1,",
                                      "[[0,0]]",
                                      "[[[[[[[[[[[[[[[[",
                                      "{\"a\":{\"a\":{\"a\":",
                                      "\"3.17\"",
                                      "\"\"",
                                      "[0,4294967295]"};

std::string current_input;

void on_crash(int signal) {
  static constexpr std::string_view title = "\nthe input that failed:\n";
  // Only async-signal-safe calls here.
  if (::write(STDERR_FILENO, title.data(), title.size()) < 0 ||
      ::write(STDERR_FILENO, current_input.data(), current_input.size()) < 0) {
    _exit(2);
  }
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void run(std::string input) {
  current_input = std::move(input);
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(current_input.data()), current_input.size());
}

class Mutator {
 public:
  explicit Mutator(const std::vector<std::string>& seeds) : seeds_(seeds) {}

  std::string next() {
    std::string input = any_seed();
    for (auto steps = 1 + below(4); steps > 0; --steps) mutate(input);
    if (input.size() > max_input_bytes) input.resize(max_input_bytes);
    return input;
  }

 private:
  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }
  const std::string& any_seed() { return seeds_[below(seeds_.size())]; }

  void mutate(std::string& input) {
    const auto at = below(input.size() + 1);
    const auto length = below(std::min<std::size_t>(input.size() - at, 32) + 1);
    switch (below(7)) {
      case 0:
        if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << below(8)));
        break;
      case 1: input.insert(at, 1, static_cast<char>(below(256))); break;
      case 2: input.erase(at, length); break;
      case 3: input.insert(below(input.size() + 1), input.substr(at, length)); break;
      case 4: input.insert(at, words[below(std::size(words))]); break;
      case 5: input.replace(at, length, words[below(std::size(words))]); break;
      case 6: {
        const auto& other = any_seed();
        input = input.substr(0, at) + other.substr(below(other.size() + 1));
        break;
      }
    }
  }

  const std::vector<std::string>& seeds_;
  std::mt19937 random_{20261123};  // NOLINT: the same inputs on every run is the point
};

std::vector<std::string> read_seeds(const std::filesystem::path& path) {
  std::vector<std::filesystem::path> files;
  if (std::filesystem::is_directory(path)) {
    for (const auto& entry : std::filesystem::directory_iterator{path}) files.push_back(entry.path());
    std::sort(files.begin(), files.end());  // the order of a folder is the file system's
  } else {
    files.push_back(path);
  }
  std::vector<std::string> seeds;
  for (const auto& file : files) {
    std::ifstream in{file, std::ios::binary};
    seeds.emplace_back(std::istreambuf_iterator<char>{in}, std::istreambuf_iterator<char>{});
    if (!in) seeds.pop_back();
  }
  return seeds;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s FOLDER-OR-FILE [MUTATIONS]\n", argv[0]);
    return 2;
  }
  const auto seeds = read_seeds(argv[1]);
  if (seeds.empty()) {
    std::fprintf(stderr, "no inputs in %s\n", argv[1]);
    return 2;
  }
  const auto mutations = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 10'000;
  for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) std::signal(signal, on_crash);

  for (const auto& seed : seeds) run(seed);
  Mutator mutator{seeds};
  for (std::uint64_t i = 0; i < mutations; ++i) run(mutator.next());
  std::printf("%zu inputs and %llu mutations\n", seeds.size(), mutations);
}
