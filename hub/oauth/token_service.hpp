// The org authorization server of the hub: gives service apps access tokens, and says what a token allows.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <memory>

#include "hub/oauth/client_assertion.hpp"
#include "hub/oauth/dpop.hpp"
#include "hub/oauth/key_ring.hpp"
#include "hub/store.hpp"

namespace dirbridge::hub::oauth {

namespace asio = boost::asio;

// In data_dir, mode 0600: the private keys of the ring.
inline constexpr std::string_view token_keys_file = "token-keys.json";
inline constexpr std::string_view nonce_secret_file = "dpop-nonce.secret";

// Loop thread only.
class TokenService {
 public:
  // Reads the keys of `data_dir`, or makes the first one (blocks: start-up only). Errors name the file.
  static result<std::unique_ptr<TokenService>> open(Store& store, const Clock& clock, const std::string& data_dir,
                                                    std::string public_url);

  // POST /oauth2/v1/token. Answered when the ledger has what the request used up. `request` outlives the call.
  asio::awaitable<net::HttpResponse> issue(const net::HttpRequest& request, RequestId id);
  // The grant behind "Bearer" or "DPoP" credentials of an API call: the token is ours and alive, its app is not
  // revoked, and a bound token comes with a proof by its key for this very request. errc::denied otherwise.
  result<Grant> check(const net::HttpRequest& request, std::string_view scheme, std::string_view token);

  // Public halves, for GET /oauth2/v1/keys.
  Json public_keys() const;
  // A new key signs from now on. It is made on another thread. The error names the file that cannot be written.
  asio::awaitable<result<std::string>> rotate();

 private:
  TokenService(Store& store, const Clock& clock, std::string file, std::string public_url, KeyRing ring,
               std::string nonce_secret);
  struct Requested {
    const net::HttpRequest& request;
    const RequestId& id;
    std::vector<std::string> urls;  // of the token endpoint, as the caller may know it
    std::string issuer;
    WallTime now;
  };
  std::vector<std::string> bases(const net::HttpRequest& request) const;
  asio::awaitable<Answer<net::HttpResponse>> try_issue(const net::HttpRequest& request, const RequestId& id);
  Answer<net::HttpResponse> issue_to(const ledger::AppRow& app, const std::string& scope, const Requested& requested);

  Store& store_;
  const Clock& clock_;
  std::string file_;
  std::string public_url_;
  KeyRing ring_;
  ReplayGuard assertions_;
  ReplayGuard proofs_;
  NonceBook nonces_;
  asio::thread_pool maker_{1};
};

}  // namespace dirbridge::hub::oauth
