// An installed 389 instance, kept so that further ones need no installer: a copy of its files starts in a second.
// Blocking.
#pragma once
#include <cstdint>
#include <string>

#include "base/error.hpp"

namespace dirbridge::lab {

// Keeps the files of the stopped instance in `folder` as a template.
result<void> keep_ds389_template(const std::string& folder, const std::string& template_folder);
// Makes an instance of it in `folder`, with every path and the two ports its own.
result<void> unfold_ds389_template(const std::string& template_folder, const std::string& folder, std::uint16_t port,
                                   std::uint16_t tls_port);

}  // namespace dirbridge::lab
