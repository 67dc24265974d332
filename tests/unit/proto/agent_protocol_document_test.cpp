// docs/agent-protocol.md against the parsers: what another author copies from it works.
#include <gtest/gtest.h>

#include <set>
#include <sstream>

#include "base/text.hpp"
#include "proto/frames.hpp"
#include "proto/strict_json.hpp"
#include "unit/proto/example_frames.hpp"

namespace dirbridge::proto {
namespace {

std::string document() {
  const auto text = read_file(DIRBRIDGE_SOURCE_DIR "/docs/agent-protocol.md");
  EXPECT_TRUE(text) << text.error().message();
  return text ? *text : std::string{};
}

struct Block {
  std::string language;
  std::string text;
  std::string heading;  // the last "### x (agent → hub)" above
};

std::vector<Block> code_blocks(const std::string& document) {
  std::vector<Block> blocks;
  std::istringstream lines{document};
  std::string heading;
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("```")) {
      inside = !inside;
      if (inside) blocks.push_back({line.substr(3), {}, heading});
    } else if (inside) {
      blocks.back().text += line + '\n';
    } else if (line.starts_with("#")) {
      heading = line;
    }
  }
  EXPECT_FALSE(inside) << "a code block is not closed";
  return blocks;
}

void collect_keys(const Json& value, std::set<std::string>& keys) {
  if (value.is_object()) {
    for (const auto& [key, unused] : value.items()) keys.insert(key);
  }
  if (value.is_structured()) {
    for (const auto& child : value) collect_keys(child, keys);
  }
}

TEST(AgentProtocolDocument, EveryExampleIsAFrameOfItsSectionAndDirection) {
  int examples = 0;
  for (const auto& block : code_blocks(document())) {
    if (block.language != "json") continue;
    ++examples;
    const auto agent = parse_agent_frame(block.text);
    const auto hub = parse_hub_frame(block.text);
    ASSERT_TRUE(agent || hub) << block.text << "as agent: " << agent.error().message()
                              << "\nas hub: " << hub.error().message();
    const auto type = std::string{agent ? frame_type(*agent) : frame_type(*hub)};
    EXPECT_EQ(block.heading, "### " + type + (agent ? " (agent → hub)" : " (hub → agent)")) << block.text;
    // Read and written again it says the same: no key of an example is without effect.
    EXPECT_EQ(Json::parse(agent ? to_json(*agent) : to_json(*hub)), Json::parse(block.text));
  }
  EXPECT_GE(examples, 22);
}

TEST(AgentProtocolDocument, EveryFrameTypeHasAnExampleAndEveryKeyIsMentioned) {
  const auto text = document();
  std::set<std::string> shown;
  for (const auto& block : code_blocks(text)) {
    if (block.language == "json") shown.insert(Json::parse(block.text)["type"].get<std::string>());
  }
  for (const auto* examples : {&example_agent_frames(), &example_hub_frames()}) {
    for (const auto& example : *examples) {
      EXPECT_TRUE(shown.contains(std::string{example.type})) << example.type;
      std::set<std::string> keys;
      collect_keys(Json::parse(example.text), keys);
      for (const auto& key : keys) {
        EXPECT_NE(text.find('"' + key + '"'), std::string::npos) << example.type << ": " << key;
      }
    }
  }
}

TEST(AgentProtocolDocument, TheTranscriptIsMadeOfFramesOfTheDirectionTheyAreShownIn) {
  int lines = 0;
  for (const auto& block : code_blocks(document())) {
    if (!block.language.empty() || !block.text.starts_with("▸ {")) continue;
    std::istringstream in{block.text};
    const std::string from_agent = "▸ ", from_hub = "◂ ";
    for (std::string line; std::getline(in, line); ++lines) {
      if (line.starts_with(from_agent)) {
        const auto frame = parse_agent_frame(line.substr(from_agent.size()));
        EXPECT_TRUE(frame) << line << '\n' << frame.error().message();
      } else {
        ASSERT_TRUE(line.starts_with(from_hub)) << line;
        const auto frame = parse_hub_frame(line.substr(from_hub.size()));
        EXPECT_TRUE(frame) << line << '\n' << frame.error().message();
      }
    }
  }
  EXPECT_GE(lines, 15);
}

TEST(AgentProtocolDocument, TheTextToSignIsTheOneThatIsChecked) {
  const auto expected = challenge_text("MPMRkZXbeDqQ1Xm3rhxQd3Txo4LQg6IlnEe5mR6JDyk", AgentId{"a53d6jnf0kg38CpYG0h7"},
                                       "9f2c4e61d0b84a57");
  EXPECT_NE(document().find("```\n" + expected + "\n```"), std::string::npos);
}

TEST(AgentProtocolDocument, NamesAndLimitsAreThoseOfTheCode) {
  const auto text = document();
  EXPECT_NE(text.find("Sec-WebSocket-Protocol: " + std::string{subprotocol}), std::string::npos);
  EXPECT_EQ(max_frame_bytes, 16u << 20);
  EXPECT_EQ(max_credit, 4096u);
  EXPECT_EQ(max_held, 100'000u);
  EXPECT_EQ(max_import_batch, 1000u);
  EXPECT_EQ(max_values, 10'000u);
  EXPECT_EQ(max_poll_wait, 600'000ms);
  for (const auto* limit : {"16 MiB, 16 levels, 1,000,000 JSON values", "credit, 4,096", "| 100,000 |", "| 1,000 |",
                            "64 · 256 · 4,096 · 4,096 · 128 bytes", "600,000 · 86,400,000"}) {
    EXPECT_NE(text.find(limit), std::string::npos) << limit;
  }
}

}  // namespace
}  // namespace dirbridge::proto
