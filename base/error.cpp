#include "base/error.hpp"

#include <stdexcept>

namespace dirbridge {
namespace {

class Category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "dirbridge"; }
  std::string message(int code) const override {
    switch (static_cast<errc>(code)) {
      case errc::malformed: return "malformed";
      case errc::too_large: return "too large";
      case errc::not_found: return "not found";
      case errc::denied: return "permission denied";
      case errc::unauthenticated: return "not authenticated";
      case errc::timed_out: return "timed out";
      case errc::cancelled: return "cancelled";
      case errc::closed: return "connection closed";
      case errc::conflict: return "not possible in the current state";
      case errc::unavailable: return "unavailable";
      case errc::protocol: return "protocol error";
      case errc::configuration: return "configuration error";
    }
    return "unknown error";
  }
};

}  // namespace

const boost::system::error_category& dirbridge_category() {
  static const Category category;
  return category;
}

std::string Error::message() const {
  if (detail.empty()) return code.message();
  if (code.category() == dirbridge_category()) return detail;
  return detail + ": " + code.message();
}

void throw_exception_from_error(const Error& error, const boost::source_location&) {
  throw std::runtime_error(error.message());
}

}  // namespace dirbridge
