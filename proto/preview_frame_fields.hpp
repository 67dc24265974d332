// The readers and writers of the frames of a dry run. Only proto/*_frames.cpp include it.
#pragma once
#include "proto/frame_fields.hpp"

namespace dirbridge::proto {

HubFrame read_preview(ObjectReader& in);
AgentFrame read_preview_result(ObjectReader& in);
Json to_json_value(const Preview& preview);
Json to_json_value(const PreviewResult& answer);

}  // namespace dirbridge::proto
