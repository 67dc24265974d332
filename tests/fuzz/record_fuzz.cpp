// A record of the ledger: what a damaged or newer file may hold. The first line is the record's type, the rest its
// JSON. A record that is read is written as text that is read as the same record.
#include "fuzz/fuzz_check.hpp"
#include "ledger/record.hpp"

using namespace dirbridge;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::as_text(data, size);
  const auto line = text.find('\n');
  const auto type = text.substr(0, line);
  const auto json = line == text.npos ? std::string_view{} : text.substr(line + 1);
  const auto body = ledger::from_json(type, json);
  if (!body) {
    FUZZ_CHECK(!body.error().message().empty());
    return 0;
  }
  FUZZ_CHECK(ledger::type_of(*body) == type);
  const auto written = ledger::to_json(*body);
  const auto again = ledger::from_json(type, written);
  FUZZ_CHECK(again.has_value());
  FUZZ_CHECK(ledger::to_json(*again) == written);
  return 0;
}
