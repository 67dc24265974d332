#include "ldap/result.hpp"

#include <ldap.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace dirbridge::ldap {
namespace {

struct Name {
  int code;
  const char* name;
};

// RFC 4511 appendix A, then the extensions we may meet, then libldap's own (negative).
constexpr std::array names{
    Name{0, "success"},
    Name{1, "operationsError"},
    Name{2, "protocolError"},
    Name{3, "timeLimitExceeded"},
    Name{4, "sizeLimitExceeded"},
    Name{5, "compareFalse"},
    Name{6, "compareTrue"},
    Name{7, "authMethodNotSupported"},
    Name{8, "strongerAuthRequired"},
    Name{10, "referral"},
    Name{11, "adminLimitExceeded"},
    Name{12, "unavailableCriticalExtension"},
    Name{13, "confidentialityRequired"},
    Name{14, "saslBindInProgress"},
    Name{16, "noSuchAttribute"},
    Name{17, "undefinedAttributeType"},
    Name{18, "inappropriateMatching"},
    Name{19, "constraintViolation"},
    Name{20, "attributeOrValueExists"},
    Name{21, "invalidAttributeSyntax"},
    Name{32, "noSuchObject"},
    Name{33, "aliasProblem"},
    Name{34, "invalidDNSyntax"},
    Name{36, "aliasDereferencingProblem"},
    Name{48, "inappropriateAuthentication"},
    Name{49, "invalidCredentials"},
    Name{50, "insufficientAccessRights"},
    Name{51, "busy"},
    Name{52, "unavailable"},
    Name{53, "unwillingToPerform"},
    Name{54, "loopDetect"},
    Name{64, "namingViolation"},
    Name{65, "objectClassViolation"},
    Name{66, "notAllowedOnNonLeaf"},
    Name{67, "notAllowedOnRDN"},
    Name{68, "entryAlreadyExists"},
    Name{69, "objectClassModsProhibited"},
    Name{71, "affectsMultipleDSAs"},
    Name{80, "other"},
    Name{118, "canceled"},
    Name{119, "noSuchOperation"},
    Name{120, "tooLate"},
    Name{121, "cannotCancel"},
    Name{122, "assertionFailed"},
    Name{123, "authorizationDenied"},
    Name{4096, "e-syncRefreshRequired"},
    Name{LDAP_SERVER_DOWN, "serverDown"},
    Name{LDAP_LOCAL_ERROR, "localError"},
    Name{LDAP_ENCODING_ERROR, "encodingError"},
    Name{LDAP_DECODING_ERROR, "decodingError"},
    Name{LDAP_TIMEOUT, "timeout"},
    Name{LDAP_AUTH_UNKNOWN, "authUnknown"},
    Name{LDAP_FILTER_ERROR, "filterError"},
    Name{LDAP_USER_CANCELLED, "userCancelled"},
    Name{LDAP_PARAM_ERROR, "paramError"},
    Name{LDAP_NO_MEMORY, "noMemory"},
    Name{LDAP_CONNECT_ERROR, "connectError"},
    Name{LDAP_NOT_SUPPORTED, "notSupported"},
};

class Category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "ldap"; }
  std::string message(int code) const override {
    return code_name(code) + (code_name(code).starts_with("result ") ? "" : " (" + std::to_string(code) + ")");
  }
};

template <std::size_t N>
bool is_one_of(int code, const std::array<int, N>& codes) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

// What each code means, as measured on three servers (one situation has several codes, one code several situations).
bool holds(int code, condition c) {
  // 3: a time limit; 10: this server is a read-only replica for now.
  static constexpr std::array transient{1, 3, 10, 11, 51, 52, 53, 80};
  static constexpr std::array already{16, 20, 53, 68};
  static constexpr std::array connection{7,
                                         8,
                                         13,
                                         14,
                                         48,
                                         49,
                                         LDAP_SERVER_DOWN,
                                         LDAP_LOCAL_ERROR,
                                         LDAP_DECODING_ERROR,
                                         LDAP_TIMEOUT,
                                         LDAP_AUTH_UNKNOWN,
                                         LDAP_CONNECT_ERROR};
  switch (c) {
    case condition::transient: return is_one_of(code, transient);
    case condition::already: return is_one_of(code, already);
    case condition::not_found: return code == 32;
    case condition::connection: return is_one_of(code, connection);
    case condition::permanent:
      return code != 0 && code != 32 && !is_one_of(code, transient) && !is_one_of(code, already) &&
             !is_one_of(code, connection);
  }
  return false;
}

class ConditionCategory final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "ldap.condition"; }
  std::string message(int c) const override {
    switch (static_cast<condition>(c)) {
      case condition::transient: return "the server could not do it now";
      case condition::already: return "the wanted state may hold already";
      case condition::not_found: return "no such entry";
      case condition::permanent: return "the server refused for good";
      case condition::connection: return "the connection or its bind is at fault";
    }
    return "condition " + std::to_string(c);
  }
  bool equivalent(const error_code& code, int c) const noexcept override {
    return code.category() == category() && holds(code.value(), static_cast<condition>(c));
  }
};

}  // namespace

const boost::system::error_category& category() {
  static const Category instance;
  return instance;
}

const boost::system::error_category& condition_category() {
  static const ConditionCategory instance;
  return instance;
}

error_code make_code(int ldap_code) { return {ldap_code, category()}; }

std::string code_name(int ldap_code) {
  const auto* found = std::find_if(names.begin(), names.end(), [&](const Name& n) { return n.code == ldap_code; });
  return found == names.end() ? "result " + std::to_string(ldap_code) : found->name;
}

Error to_error(const Result& result) {
  std::string detail{trim(result.diagnostic)};  // 389 DS ends some with a line end
  if (!result.referrals.empty()) detail += (detail.empty() ? "" : "; ") + ("it refers to " + result.referrals.front());
  return {make_code(result.code), std::move(detail)};
}

}  // namespace dirbridge::ldap
