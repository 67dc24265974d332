// Cursors of lists (contract B4): they say nothing to a client, and fit only the question they were made for. Not
// secret, and good across restarts: whoever alters one is refused, whoever forges one could as well ask. Pure.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace dirbridge::hub {

// `key`: where the list goes on, never empty. `question`: everything that its meaning depends on.
std::string to_cursor(const std::string& question, std::string_view key);
// The key; nullopt if this is no cursor, or one of another question.
std::optional<std::string> from_cursor(std::string_view cursor, const std::string& question);

}  // namespace dirbridge::hub
