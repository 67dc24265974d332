// The readers and writers of the frames of a read. Only proto/*_frames.cpp include it.
#pragma once
#include "proto/frame_fields.hpp"

namespace dirbridge::proto {

HubFrame read_read(ObjectReader& in);
AgentFrame read_read_result(ObjectReader& in);
Json to_json_value(const Read& read);
Json to_json_value(const ReadResult& answer);

}  // namespace dirbridge::proto
