// How much free memory the allocator keeps from the system.
#pragma once

namespace dirbridge {

// After a piece of work that needed much more than what comes next (an import). Takes a few milliseconds at most; does
// nothing where the C library has no word for it.
void return_free_memory();

// For a process with one busy thread: all threads share one pool of free memory, and what a burst needed is given back
// at its end. To be called before the second thread starts.
void keep_little_free_memory();

}  // namespace dirbridge
