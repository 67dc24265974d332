#include "base/memory.hpp"

#if __has_include(<malloc.h>)
#include <malloc.h>
#endif

namespace dirbridge {

void return_free_memory() {
#ifdef __GLIBC__
  ::malloc_trim(0);
#endif
}

void keep_little_free_memory() {
#ifdef __GLIBC__
  constexpr int kept_at_most = 128 * 1024;
  ::mallopt(M_ARENA_MAX, 1);
  ::mallopt(M_TRIM_THRESHOLD, kept_at_most);
  ::mallopt(M_MMAP_THRESHOLD, kept_at_most);
#endif
}

}  // namespace dirbridge
