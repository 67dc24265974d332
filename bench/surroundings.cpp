#include "bench/surroundings.hpp"

#include <sys/vfs.h>

#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <thread>

namespace dirbridge::bench {
namespace {

namespace fs = std::filesystem;

constexpr double busy = 0.5;

struct FileSystem {
  std::string name;
  bool in_memory = false;
};
FileSystem file_system_of(const std::string& path) {
  // statfs(2) has numbers only; those of linux/magic.h that a build machine is likely to have.
  struct Known {
    unsigned long magic;
    FileSystem what;
  };
  static const Known known[] = {{0x01021994, {"tmpfs", true}},  {0x858458f6, {"ramfs", true}},
                                {0xef53, {"ext4", false}},      {0x58465342, {"xfs", false}},
                                {0x9123683e, {"btrfs", false}}, {0x794c7630, {"overlayfs", false}},
                                {0x2fc12fc1, {"zfs", false}},   {0xf2f52010, {"f2fs", false}}};
  struct statfs found {};
  if (statfs(path.c_str(), &found) != 0) throw std::runtime_error(path + ": " + std::strerror(errno));
  const auto magic = static_cast<unsigned long>(found.f_type) & 0xffffffffUL;
  for (const Known& one : known) {
    if (one.magic == magic) return one.what;
  }
  return {"another file system", false};
}

}  // namespace

WorkFolder::WorkFolder(const std::string& parent, bool keep) : keep_(keep), exceptions_(std::uncaught_exceptions()) {
  std::string pattern = fs::absolute(parent) / "dirbridge-bench-XXXXXX";
  if (!mkdtemp(pattern.data())) throw std::runtime_error(parent + ": " + std::strerror(errno));
  path_ = pattern;
}

WorkFolder::~WorkFolder() {
  if (keep_ || std::uncaught_exceptions() != exceptions_) {
    std::cerr << "data and logs are left in " << path_ << '\n';
    return;
  }
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string file_system_name(const std::string& path) { return file_system_of(path).name; }

void check_folder(const std::string& folder) {
  const FileSystem on = file_system_of(folder);
  if (on.in_memory) {
    throw std::invalid_argument(folder + " is on " + on.name +
                                ", which is memory: a commit there costs nothing, and the ratios would mean nothing. "
                                "Name a folder on a disk with --dir");
  }
}

std::string find_program() {
  const fs::path here = fs::read_symlink("/proc/self/exe").parent_path();
  for (const fs::path& candidate : {here / "../app/dirbridge", here / "dirbridge"}) {
    if (fs::exists(candidate)) return fs::canonical(candidate);
  }
  throw std::runtime_error("no program dirbridge beside " + here.string() + "; name it with --dirbridge PATH");
}

double load_average() {
  double one = 0;
  std::ifstream{"/proc/loadavg"} >> one;
  return one;
}

std::string describe_machine(const std::string& folder, double load_before) {
  std::string text = std::to_string(std::thread::hardware_concurrency()) + " CPUs, " + file_system_name(folder);
  if (load_before > busy) {
    text += ". BUSY: load average " + std::to_string(load_before).substr(0, 4) +
            " before the start; for figures that hold, wait, or run at real-time priority (chrt -r 10)";
  }
  return text;
}

}  // namespace dirbridge::bench
