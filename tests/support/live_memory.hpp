// What is allocated now. Not what is resident: a sanitizer keeps what was freed for a while.
#pragma once
#include <malloc.h>

#include <cstddef>
#include <fstream>
#include <string>

#include "base/text.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// Of the sanitizers' public interface; g++ comes without its header.
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();
#endif

namespace dirbridge::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool is_sanitized = true;
#else
inline constexpr bool is_sanitized = false;
#endif

inline std::size_t live_bytes() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return __sanitizer_get_current_allocated_bytes();
#else
  const auto heap = ::mallinfo2();
  return heap.uordblks + heap.hblkhd;
#endif
}

// The most that was resident since reset_peak(), as Linux counts it; what a single call takes for a moment is in it.
inline std::size_t peak_resident_bytes() {
  const auto text = read_file("/proc/self/status").value();
  const auto at = text.find("VmHWM:");
  return at == std::string::npos ? 0 : static_cast<std::size_t>(std::stoull(text.substr(at + 6))) << 10;
}
inline void reset_peak() { std::ofstream{"/proc/self/clear_refs"} << "5"; }

}  // namespace dirbridge::test
