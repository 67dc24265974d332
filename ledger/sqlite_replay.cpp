#include "ledger/sqlite_replay.hpp"

#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>

#include "ledger/sqlite_fold.hpp"

namespace dirbridge::ledger {

Replayed replay(SQLite::Database& source, SQLite::Database& views, std::uint64_t last, const OnRefused& refused) {
  Statements sql{views};
  Fold fold{sql};
  Replayed replayed;
  SQLite::Statement records{
      source, "SELECT sequence, directory, at, type, body FROM records WHERE sequence <= ? ORDER BY sequence"};
  records.bind(1, static_cast<std::int64_t>(last));
  while (records.executeStep()) {
    const auto sequence = static_cast<std::uint64_t>(records.getColumn(0).getInt64());
    const std::string type = records.getColumn(3).getString();
    ++replayed.records;
    replayed.last = sequence;
    auto body = from_json(type, records.getColumn(4).getString());
    const auto name = "record " + std::to_string(sequence);
    if (!body) {
      if (!refused(name + ": " + body.error().message())) break;
      continue;
    }
    const Record record{sequence, DirectoryId{records.getColumn(1).getString()},
                        from_epoch_ms(records.getColumn(2).getInt64()), std::move(*body)};
    std::string why;
    try {
      fold.apply(record);
    } catch (const Error& error) {
      why = error.message();
    } catch (const SQLite::Exception& failure) {
      why = failure.what();
    }
    if (!why.empty() && !refused(name + " (" + type + "): " + why)) break;
  }
  return replayed;
}

}  // namespace dirbridge::ledger
