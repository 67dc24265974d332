#include "hub/oauth/token_request.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace dirbridge::hub::oauth {
namespace {

constexpr std::string_view assertion_type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
constexpr std::size_t max_parameters = 32;

using Form = std::map<std::string, std::string, std::less<>>;

// Adds what application/x-www-form-urlencoded `text` holds. False: badly encoded, too much, or a name twice (RFC 6749
// section 3.2).
bool add(Form& form, std::string_view text) {
  for (const auto pair : split(text, '&')) {
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    const auto decode = [](std::string_view part) {
      std::string plain{part};
      std::ranges::replace(plain, '+', ' ');
      return percent_decode(plain);
    };
    const auto name = decode(pair.substr(0, equals));
    const auto value = equals == pair.npos ? result<std::string>{""} : decode(pair.substr(equals + 1));
    if (!name || !value || form.size() >= max_parameters || !form.emplace(*name, *value).second) return false;
  }
  return true;
}

std::string value_of(const Form& form, std::string_view name) {
  const auto found = form.find(name);
  return found == form.end() ? std::string{} : found->second;
}

// Grants that Okta knows and that need a person: no app here may use them (contract A6, RFC 6749 section 5.2).
bool is_grant_of_people(std::string_view grant) {
  static constexpr std::array grants{"authorization_code",
                                     "refresh_token",
                                     "password",
                                     "urn:ietf:params:oauth:grant-type:device_code",
                                     "urn:ietf:params:oauth:grant-type:jwt-bearer",
                                     "urn:ietf:params:oauth:grant-type:saml2-bearer",
                                     "urn:ietf:params:oauth:grant-type:token-exchange"};
  return std::ranges::find(grants, grant) != grants.end();
}

}  // namespace

Answer<TokenRequest> read_token_request(const net::HttpRequest& request) {
  Form form;
  if (!add(form, request.query()) || !add(form, request.body))
    return invalid_request("The request's parameters are not well-formed, or one is given twice.");
  const auto grant = value_of(form, "grant_type");
  if (grant.empty()) return invalid_request("The request is missing the parameter grant_type.");
  if (is_grant_of_people(grant))
    return OAuthError{400, "unauthorized_client", "A service app may use the grant type client_credentials only.", {}};
  if (grant != "client_credentials")
    return OAuthError{400, "unsupported_grant_type", "Only the grant type client_credentials is supported.", {}};

  const auto assertion = value_of(form, "client_assertion");
  const bool has_secret = form.contains("client_secret") || !request.header("Authorization").empty();
  if (!assertion.empty() && has_secret)
    return invalid_request("Cannot supply multiple client credentials. Use one of: client_assertion, client_secret.");
  if (has_secret)
    return invalid_client(
        "Client Credentials requests to the Org Authorization Server must use the private_key_jwt "
        "token_endpoint_auth_method.");
  if (assertion.empty()) return invalid_client("No client credentials found.");
  if (value_of(form, "client_assertion_type") != assertion_type)
    return invalid_request("The client_assertion_type is invalid. It must be " + std::string{assertion_type} + ".");
  return TokenRequest{assertion, value_of(form, "client_id"), value_of(form, "scope")};
}

}  // namespace dirbridge::hub::oauth
