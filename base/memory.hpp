// Memory that is free but kept by the allocator goes back to the system.
#pragma once

namespace dirbridge {

// After a piece of work that needed much more than what comes next (an import). Takes a few milliseconds at most; does
// nothing where the C library has no word for it.
void return_free_memory();

}  // namespace dirbridge
