// The file of a ledger: whose it is and how it is opened. Internal to ledger/'s sqlite_* files.
#pragma once
#include <SQLiteCpp/Database.h>

#include <memory>
#include <string>

#include "base/error.hpp"

namespace dirbridge::ledger {

// Ownership of the ledger at `path` by this process, until destroyed; the kernel ends it with the process. A file of
// its own beside the ledger: closing any other descriptor of a database file would drop SQLite's own locks on it.
class FileLock {
 public:
  // errc::conflict if another process has it, naming it.
  static result<std::unique_ptr<FileLock>> acquire(const std::string& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

// The one connection that writes: created if missing, WAL, synchronous FULL, no checkpoints of its own accord.
result<std::unique_ptr<SQLite::Database>> open_for_writing(const std::string& path);
// A connection that reads; the file must exist and be of this program's version.
result<std::unique_ptr<SQLite::Database>> open_for_reading(const std::string& path);

// What SQLite's error means to the caller: errc::conflict (a constraint) or errc::unavailable.
Error to_error(const std::exception& failure, const std::string& path);

}  // namespace dirbridge::ledger
