#include "ldap/composed.hpp"

#include <utf8proc.h>

#include <cstdlib>
#include <memory>

namespace dirbridge::ldap {

bool is_composed(std::string_view text) {
  utf8proc_uint8_t* made = nullptr;
  const auto size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                   &made, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> own{made, &std::free};
  if (size < 0) return true;
  return text == std::string_view{reinterpret_cast<const char*>(made), static_cast<std::size_t>(size)};
}

}  // namespace dirbridge::ldap
