// Records folded afresh, for verification and for views of an older schema. Internal to ledger/.
#pragma once
#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <functional>
#include <limits>
#include <string>

namespace dirbridge::ledger {

inline constexpr std::uint64_t all_records = std::numeric_limits<std::int64_t>::max();

struct Replayed {
  std::uint64_t records = 0;
  std::uint64_t last = 0;  // the sequence of the last, 0 if there was none
};
// A record that cannot be read or folded: "record 12 (job_closed): no open job ADS…". True: go on without it.
using OnRefused = std::function<bool(std::string what)>;

// The records of `source` up to the sequence `last`, in order, into the empty view tables of `views` (the same database
// or another). The caller holds a transaction on both. Throws SQLite::Exception.
Replayed replay(SQLite::Database& source, SQLite::Database& views, std::uint64_t last, const OnRefused& refused);

}  // namespace dirbridge::ledger
