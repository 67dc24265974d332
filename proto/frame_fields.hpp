// What the readers and writers of frames share. Only proto/*_frames.cpp include it.
#pragma once
#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "proto/frames.hpp"
#include "proto/json_codec.hpp"
#include "proto/json_reader.hpp"
#include "proto/utf8.hpp"

namespace dirbridge::proto {

Fence read_fence(const Json& value, const Place& place, Fault& fault);
Fence read_fence(ObjectReader& in, std::string_view key);
std::vector<Fence> read_fences(ObjectReader& in, std::string_view key);
Json to_json_value(const std::vector<Fence>& fences);

// A duration as it goes on the wire: whatever was computed, the reader's range holds.
inline std::int64_t to_wire(milliseconds duration, milliseconds least, milliseconds most = max_duration) {
  return std::clamp(duration, least, most).count();
}
inline void put_optional(Json& frame, const char* key, const std::string& text, std::size_t max_bytes) {
  if (!text.empty()) frame[key] = clip(text, max_bytes);
}

// One kind of frame: its word and how its keys are read.
template <class Frame>
struct FrameKind {
  std::string_view type;
  Frame (*read)(ObjectReader& in);
};

// The document and the word of its "type", or why there is none.
struct TypedDocument {
  Json value;
  std::string type;
};
result<TypedDocument> parse_typed(std::string_view text);

template <class Frame, std::size_t n>
result<Frame> parse_frame(std::string_view text, const std::array<FrameKind<Frame>, n>& kinds) {
  auto document = parse_typed(text);
  if (!document) return document.error();
  const auto kind = std::find_if(kinds.begin(), kinds.end(), [&](const auto& k) { return k.type == document->type; });
  if (kind == kinds.end()) return Error{errc::malformed, "unknown frame type: " + clip(document->type, 64)};

  Fault fault;
  const Place root{kind->type};
  Frame frame;
  {
    ObjectReader in{document->value, root, fault};
    in.name("type");
    frame = kind->read(in);
  }  // only now is it known that there was no key too many
  if (fault.error) return std::move(*fault.error);
  return frame;
}

}  // namespace dirbridge::proto
