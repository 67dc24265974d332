// Where a bench runs: its folder, the disk below it, the program it measures, what else the machine does.
#pragma once
#include <string>

namespace dirbridge::bench {

// A folder of our own, gone at the end of a good run.
class WorkFolder {
 public:
  // Throws std::runtime_error if `parent` takes none.
  WorkFolder(const std::string& parent, bool keep);
  ~WorkFolder();
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  bool keep_;
  int exceptions_;
  std::string path_;
};

// "ext4", "xfs", …; "another file system".
std::string file_system_name(const std::string& path);
// Throws std::invalid_argument if `folder` lies in memory: a commit there costs nothing.
void check_folder(const std::string& folder);
// The program built beside this one: build/<preset>/app/dirbridge.
std::string find_program();
// "2 CPUs, ext4", and a warning if the machine was busy before the start: that widens the ratios' spread.
std::string describe_machine(const std::string& folder, double load_before);
// Runnable processes over the last minute. Should be near zero.
double load_average();

}  // namespace dirbridge::bench
