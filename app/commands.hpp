// The client commands: each says what it did, and its exit code is the truth about the directory.
#pragma once
#include "app/api_client.hpp"
#include "app/console.hpp"
#include "app/invocation.hpp"

namespace dirbridge::app {

// Runs one of the client commands. Throws CommandFailure. `http` and `token` reach the hub of invocation.client.
int run_client_command(const Invocation& invocation, Http& http, Secret token, const Console& console);

// ---- by file ----
int run_directory_command(const Invocation& invocation, Api& api,
                          const Console& console);  // directory, enrol-code, agents
int run_token_command(const Invocation& invocation, Api& api, const Console& console);
int run_app_command(const Invocation& invocation, Api& api, const Console& console);
int run_group_command(const Invocation& invocation, Api& api, const Console& console);  // groups, group, users
int run_job_command(const Invocation& invocation, Api& api, const Console& console);    // jobs, job
int run_import(const Invocation& invocation, Api& api, const Console& console);
int verify_ledger(const std::string& path, const Console& console);

// How a disposition is shown, and what `dirbridge job` exits with.
Style style_of(std::string_view disposition);
Exit exit_of(std::string_view disposition);
// "2026-11-23T18:44:38.120Z" as "2026-11-23 18:44:38"; other texts unchanged.
std::string short_time(const std::string& iso8601);

}  // namespace dirbridge::app
