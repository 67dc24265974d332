#include "ledger/sqlite_file.hpp"

#include <SQLiteCpp/Exception.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "ledger/sqlite_schema.hpp"

namespace dirbridge::ledger {
namespace {

// Another connection holds a lock for milliseconds at most (recovery, a checkpoint's end).
constexpr int busy_ms = 5'000;

// The file is not what it should be, as opposed to the disk not doing what it should.
bool is_wrong_file(const SQLite::Exception& failure) {
  const int code = failure.getErrorCode();
  return code == SQLITE_NOTADB || code == SQLITE_CORRUPT || code == SQLITE_CANTOPEN || code == SQLITE_READONLY ||
         code == SQLITE_PERM;
}

// The owner's alone, whatever the folder's mode: SQLite gives -wal and -shm the mode of the file.
result<void> make_private(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return Error{errc::configuration, "cannot open " + path + ": " + std::strerror(errno)};
  struct stat seen {};
  const bool is_open = ::fstat(descriptor, &seen) != 0 || (seen.st_mode & 0077) != 0;
  const bool done = !is_open || ::fchmod(descriptor, 0600) == 0;
  const int why = errno;
  ::close(descriptor);
  if (!done) return Error{errc::configuration, path + " must be this user's own: " + std::strerror(why)};
  for (const auto* beside : {"-wal", "-shm"}) ::chmod((path + beside).c_str(), 0600);  // of an earlier version, if any
  return {};
}

}  // namespace

result<std::unique_ptr<FileLock>> FileLock::acquire(const std::string& path) {
  const auto name = path + ".lock";
  const int descriptor = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return Error{errc::configuration, "cannot open " + name + ": " + std::strerror(errno)};
  std::unique_ptr<FileLock> lock{new FileLock{descriptor}};
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    char owner[32] = {};
    const auto length = ::pread(descriptor, owner, sizeof owner - 1, 0);
    return Error{errc::conflict, "the ledger " + path + " is in use by another hub" +
                                     (length > 0 ? " (process " + std::string{owner} + ")" : std::string{})};
  }
  const auto self = std::to_string(::getpid());
  // Only for the message above: whether it could be written does not matter.
  if (::ftruncate(descriptor, 0) == 0 && ::pwrite(descriptor, self.data(), self.size(), 0) < 0) errno = 0;
  return lock;
}

FileLock::~FileLock() { ::close(descriptor_); }

result<std::unique_ptr<SQLite::Database>> open_for_writing(const std::string& path) {
  if (auto own = make_private(path); !own) return own.error();
  try {
    auto database = std::make_unique<SQLite::Database>(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, busy_ms);
    // Before WAL, which would write to a file that may not be ours.
    if (auto ours = check_owner(*database); !ours) return Error{ours.error().code, path + ": " + ours.error().detail};
    database->exec("PRAGMA journal_mode = WAL");
    database->exec("PRAGMA synchronous = FULL");
    // The writer checkpoints when nobody waits: in the middle of a commit it would hold up everything behind it.
    database->exec("PRAGMA wal_autocheckpoint = 0");
    database->exec("PRAGMA journal_size_limit = 67108864");
    database->exec("PRAGMA cache_size = -2000");
    database->exec("PRAGMA temp_store = MEMORY");
    if (auto migrated = migrate(*database); !migrated)
      return Error{migrated.error().code, path + ": " + migrated.error().detail};
    return database;
  } catch (const SQLite::Exception& failure) {
    if (is_wrong_file(failure)) return Error{errc::configuration, path + ": " + failure.what()};
    return to_error(failure, path);
  }
}

result<std::unique_ptr<SQLite::Database>> open_for_reading(const std::string& path) {
  try {
    auto database = std::make_unique<SQLite::Database>(path, SQLite::OPEN_READONLY, busy_ms);
    database->exec("PRAGMA cache_size = -1000");
    if (auto fits = check_version(*database); !fits) return Error{fits.error().code, path + ": " + fits.error().detail};
    return database;
  } catch (const SQLite::Exception& failure) {
    if (is_wrong_file(failure)) return Error{errc::configuration, path + ": " + failure.what()};
    return to_error(failure, path);
  }
}

Error to_error(const std::exception& failure, const std::string& path) {
  const auto* sqlite = dynamic_cast<const SQLite::Exception*>(&failure);
  const bool is_conflict = sqlite && sqlite->getErrorCode() == SQLITE_CONSTRAINT;
  return Error{is_conflict ? errc::conflict : errc::unavailable, path + ": " + failure.what()};
}

}  // namespace dirbridge::ledger
