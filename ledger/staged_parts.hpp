// A large import batch as several records, so that none of them makes a long transaction. Internal to ledger/.
#pragma once
#include <vector>

#include "ledger/record.hpp"

namespace dirbridge::ledger {

// Rows that one record may stage: users, groups and members. About 10 ms of work.
inline constexpr std::size_t max_rows_per_record = 400;

bool is_large_batch(const Record& record);
// The same objects in the same order; a group with many members becomes pieces of itself.
std::vector<Record> cut_batch(Record batch);

}  // namespace dirbridge::ledger
