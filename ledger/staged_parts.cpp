#include "ledger/staged_parts.hpp"

#include <algorithm>
#include <iterator>

namespace dirbridge::ledger {

bool is_large_batch(const Record& record) {
  const auto* staged = std::get_if<ImportStaged>(&record.body);
  if (!staged) return false;
  std::size_t rows = staged->users.size() + staged->groups.size();
  for (const auto& [id, group] : staged->groups) rows += group.member_keys.size();
  return rows > max_rows_per_record;
}

std::vector<Record> cut_batch(Record batch) {
  auto& whole = std::get<ImportStaged>(batch.body);
  std::vector<Record> parts;
  std::size_t room = 0;
  const auto part = [&]() -> ImportStaged& {
    if (room == 0) {
      parts.push_back({0, batch.directory, batch.at, ImportStaged{.import = whole.import}});
      room = max_rows_per_record;
    }
    --room;
    return std::get<ImportStaged>(parts.back().body);
  };
  for (auto& user : whole.users) part().users.push_back(std::move(user));
  for (auto& [id, group] : whole.groups) {
    auto keys = std::move(group.member_keys);
    group.member_keys.clear();
    auto key = keys.begin();
    do {
      auto& piece = part().groups.emplace_back(id, group);
      const auto count = std::min<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(room), keys.end() - key);
      piece.second.member_keys.assign(std::make_move_iterator(key), std::make_move_iterator(key + count));
      key += count;
      room -= static_cast<std::size_t>(count);
    } while (key != keys.end());
  }
  return parts;
}

}  // namespace dirbridge::ledger
