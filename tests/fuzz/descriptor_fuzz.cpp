// A security descriptor as a directory answers it: no bytes lead outside of it, and rights come from its entries alone.
#include "doctor/descriptor.hpp"
#include "fuzz/fuzz_check.hpp"

using namespace dirbridge;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::as_text(data, size);
  const auto descriptor = doctor::parse_descriptor(text);
  if (!descriptor) return 0;
  FUZZ_CHECK(!doctor::is_granted(*descriptor, {}, doctor::right::delete_entry));
  std::set<std::string> everybody;
  bool is_any_allowed = false;
  for (const auto& entry : descriptor->entries) {
    everybody.insert(entry.sid);
    is_any_allowed = is_any_allowed || !entry.denies;
    FUZZ_CHECK(entry.object.empty() || entry.object.size() == 16);
  }
  const bool may_delete = doctor::is_granted(*descriptor, everybody, doctor::right::delete_entry);
  FUZZ_CHECK(is_any_allowed || !may_delete);
  FUZZ_CHECK(is_any_allowed || !doctor::may_delete_children(*descriptor, everybody));
  return 0;
}
