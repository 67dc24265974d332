// What the hub sends: an agent trusts the hub's word, not its bytes. A frame that is read is written as text that is
// read as the same frame.
#include "base/text.hpp"
#include "fuzz/fuzz_check.hpp"
#include "proto/frames.hpp"

using namespace dirbridge;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::as_text(data, size);
  // With a blank before it the frame is read as a document, whatever it is.
  const auto frame = proto::parse_hub_frame(text);
  const auto document = proto::parse_hub_frame(std::string{" "}.append(text));
  if (text.size() < proto::max_frame_bytes) {
    FUZZ_CHECK(frame.has_value() == document.has_value());
    FUZZ_CHECK(!frame || proto::to_json(*frame) == proto::to_json(*document));
  }
  if (!frame) {
    FUZZ_CHECK(!frame.error().message().empty());
    FUZZ_CHECK(is_utf8(frame.error().message()));
    return 0;
  }
  FUZZ_CHECK(is_utf8(text));
  const auto written = proto::to_json(*frame);
  const auto again = proto::parse_hub_frame(written);
  FUZZ_CHECK(again.has_value());
  FUZZ_CHECK(again->index() == frame->index());
  FUZZ_CHECK(proto::to_json(*again) == written);
  return 0;
}
